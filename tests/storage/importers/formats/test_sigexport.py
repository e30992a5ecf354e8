"""signal-export's data.json and chat.md."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

Row = dict[str, Any]


def row(second: int, sender: str, body: str, **more: Any) -> Row:
    return {
        "date": f"2023-05-01T10:00:{second:02}.123000",
        "sender": sender,
        "body": f"{body}  ",
        "quote": "",
        "sticker": "",
        "reactions": [],
        "attachments": [],
        "deleted": False,
        "call": False,
        "missed": False,
    } | more


PHOTO = {"name": "x y.jpg", "path": "media/x%20y.jpg"}
ROWS = [
    row(0, "Mira", "hey"),
    row(1, "Me", "hi there", quote="\n\n> hey\n> \n\n", reactions=[["Mira", "👍"]]),
    row(2, "Mira", "", attachments=[PHOTO]),
    row(3, "Me", "", sticker={"id": "1", "packId": "a", "emoji": "😀"}),
    row(4, "Mira", "Incoming voice call (accepted, 5s)", call=True),
    row(5, "Me", "", deleted=True),
    row(6, "No-Sender", ""),
    row(7, "Me", "Missed call"),
    row(8, "Me", "new", edits=[{"date": "2023-05-01T10:00:08", "body": "old"}]),
]
DATA = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in ROWS)
CHAT = """[2023-05-01 10:00:00] Mira: hey  

[2023-05-01 10:00:01] Me: 

> hey
> 

hi there  
(- Mira: 👍 -)

[2023-05-01 10:00:02] Mira:   ![x y.jpg](./media/x%20y.jpg)  

[2023-05-01 10:00:03] Me:   
(( 😀 ))

[2023-05-01 10:00:04] Mira: Incoming voice call (accepted, 5s)  

[2023-05-01 10:00:05] Me: (This message was deleted)

[2023-05-01 10:00:06] No-Sender:   

[2023-05-01 10:00:07] Me: two lines
[x] and: a list  

"""  # noqa: W291
MARKDOWN = "[2023-05-01 10:00:09] Me: only here  \n\n"

SAMPLES = (
    Sample("Mira/data.jsonl", DATA),
    Sample("Mira/chat.md", CHAT),
)
SEEN = [
    ("Mira", False, "text", "hey"),
    ("Me", True, "text", "hi there"),
    ("Mira", False, "image", ""),
    ("Me", True, "sticker", ""),
    ("Mira", False, "call", ""),
    ("Me", True, "system", ""),
    ("", False, "system", ""),
]


def test_json_lines(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "Mira/data.jsonl")
    assert seen(messages) == [
        *SEEN,
        ("Me", True, "text", "Missed call"),
        ("Me", True, "text", "new"),
    ]
    assert (messages[1].raw, messages[0].chat_name, messages[0].chat_kind) == (
        "hey\n",
        "Mira",
        "direct",
    )
    assert [m.recalled for m in messages].index(True) == 5
    assert messages[-1].edited
    assert messages[0].sent_at == 1682935200123


def test_markdown(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "Mira/chat.md")
    assert seen(messages) == [*SEEN, ("Me", True, "text", "two lines\n[x] and: a list")]
    assert (messages[1].raw, messages[5].recalled) == ("hey\n", True)


def test_both_files_of_a_folder_hold_the_same(db: Database, tmp_path: Path) -> None:
    put(tmp_path, Sample("x/Mira/data.json", DATA, beside={"x/Mira/chat.md": CHAT}))
    put(tmp_path, Sample("x/Nora/chat.md", MARKDOWN))
    report = import_paths(db, [tmp_path / "x"])
    assert report.new == len(ROWS) + 1
    assert [path.name for path in report.skipped] == ["chat.md"]
    assert import_paths(db, [tmp_path / "x/Mira/chat.md"], dry_run=True).messages == 8


def test_three_people_are_a_group(tmp_path: Path) -> None:
    said = DATA + json.dumps(row(9, "Zoe", "me too"))
    assert {m.chat_kind for m in read(put(tmp_path, Sample("a/data.json", said)))} == {"group"}


@pytest.mark.parametrize("head", ["[2019-05-29, 15:30] Me: ", "[2019-05-29 15:30] Me: "])
def test_old_versions_write_no_second_and_quotes_behind(tmp_path: Path, head: str) -> None:
    (message,) = read(put(tmp_path, Sample("Ann/chat.md", f"{head}yes\n> really?\n")))
    assert (message.text, message.raw, message.to_the_minute) == ("yes", "really?", True)


def test_older_json_has_no_mark_of_calls(tmp_path: Path) -> None:
    new = ("deleted", "call", "missed")
    old = [{k: v for k, v in one.items() if k not in new} for one in ROWS[4:5]]
    text = "".join(json.dumps(one) for one in old)
    assert [m.kind for m in read(put(tmp_path, Sample("a/data.json", text)))] == ["call"]


def test_a_name_that_holds_a_colon(tmp_path: Path) -> None:
    line = "[2023-05-13 21:25:11]"
    text = f"{line} Mira: work: hi  \n{line} Me: so: yes  \n"
    messages = read(put(tmp_path, Sample("Mira work/chat.md", text)))
    assert [(m.sender_name, m.text) for m in messages] == [("Mira: work", "hi"), ("Me", "so: yes")]

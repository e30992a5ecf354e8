"""Google Chat's messages.json."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.importers.file import ExportFile
from storage.importers.formats import google_chat
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, as_json, put, read, read_sample, seen

Row = dict[str, Any]
MIRA = {"name": "Mira Groß", "email": "mira@example.org", "user_type": "Human"}
BEN = {"name": "Ben", "email": "ben@example.org", "user_type": "Human"}


def row(second: int, creator: Row, said: str | None, **more: Any) -> Row:
    words = {} if said is None else {"text": said}
    return {
        "creator": creator,
        "created_date": f"Monday, May 1, 2023 at 1:00:{second:02}\u202fPM UTC",
        **words,
        **more,
        "topic_id": f"t{second}",
        "message_id": f"abc/t{second}/{second}",
    }


QUOTE = {"creator": MIRA, "text": "hey", "message_id": "abc/t0/0"}
ROWS = [
    row(0, MIRA, "hey\nyou"),
    row(1, BEN, "yes?", quoted_message_metadata=QUOTE, updated_date="Monday, …"),
    row(2, MIRA, None, attached_files=[{"original_name": "a.PNG", "export_name": "File-a.PNG"}]),
    row(3, BEN, None, message_state="DELETED", deletion_metadata={"deletion_type": "CREATOR"}),
    row(4, MIRA, None, annotations=[{"start_index": 0, "video_call_metadata": {"x": 1}}]),
    row(5, BEN, "https://a.b", annotations=[{"url_metadata": {"title": "A"}}]),
]
INFO = as_json({"members": [MIRA, BEN]})
SAMPLES = (
    Sample(
        "DM abc/messages.json",
        as_json({"messages": ROWS}),
        me="Ben",
        beside={"DM abc/group_info.json": INFO},
    ),
)


def test_messages(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "DM abc/messages.json")
    assert seen(messages) == [
        ("Mira Groß", None, "text", "hey\nyou"),
        ("Ben", None, "text", "yes?"),
        ("Mira Groß", None, "image", ""),
        ("Ben", None, "system", ""),
        ("Mira Groß", None, "call", ""),
        ("Ben", None, "text", "https://a.b"),
    ]
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {
        ("abc", "Mira Groß, Ben", "direct")
    }
    answer = messages[1]
    assert (answer.reply_to, answer.raw, answer.edited) == ("abc/t0/0", "hey", True)
    assert [m.recalled for m in messages].index(True) == 3
    assert messages[0].sent_at == 1682946000000


@pytest.mark.parametrize("packed", [True, False])
def test_a_whole_takeout_says_whose_it_is(db: Database, tmp_path: Path, packed: bool) -> None:
    root = "Takeout/Google Chat"
    user = as_json({"user": BEN, "membership_info": [{"group_id": "DM abc"}]})
    files = {
        f"{root}/Groups/DM abc/messages.json": as_json({"messages": ROWS}),
        f"{root}/Groups/DM abc/group_info.json": INFO,
        f"{root}/Users/User 12/user_info.json": user,
    }
    path = tmp_path / "takeout.zip"
    if packed:
        with zipfile.ZipFile(path, "w") as takeout:
            for name, text in files.items():
                takeout.writestr(name, text)
    else:
        (name, text), *rest = files.items()
        put(path, Sample(name, text, beside=dict(rest)))
    report = import_paths(db, [path])
    assert (report.new, report.owner, report.skipped, report.problems) == (6, 3, [], [])
    assert report.files[0].chat == "Mira Groß"


def test_a_space_has_a_name(tmp_path: Path) -> None:
    info = {"name": "Picnic", "members": [MIRA, BEN]}
    beside = {"Space x/group_info.json": as_json(info)}
    text = as_json({"messages": ROWS[:1]})
    (message,) = read(put(tmp_path, Sample("Space x/messages.json", text, beside=beside)))
    assert (message.chat_id, message.chat_name, message.chat_kind) == ("x", "Picnic", "group")


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Monday, May 1, 2023 at 12:00:00 AM UTC", 0),
        ("Monday, 1 May 2023 at 23:00:00 UTC", 23),
        ("May 1, 2023 at 12:00:00 PM UTC", 12),
    ],
)
def test_times_in_both_orders(tmp_path: Path, written: str, hour: int) -> None:
    text = as_json({"messages": [row(0, BEN, "x") | {"created_date": written}]})
    (message,) = read(put(tmp_path, Sample("DM a/messages.json", text)))
    assert message.sent_at == (1682899200 + hour * 3600) * 1000


def test_somebody_whose_name_is_gone(tmp_path: Path) -> None:
    text = as_json({"messages": [row(0, {"user_type": "Human"}, "hi"), row(1, BEN, "ok")]})
    gone, _ = read(put(tmp_path, Sample("DM a/messages.json", text)))
    assert (gone.sender_name, gone.text) == ("Deleted user", "hi")


@pytest.mark.parametrize(
    "broken",
    [
        {"created_date": "Montag, 1. Mai 2023 um 10:00:00 UTC"},
        {"created_date": "Monday, May 99, 2023 at 10:00:00 AM UTC"},
        {"text": 5},
    ],
)
def test_a_broken_row_is_reported(tmp_path: Path, broken: Row) -> None:
    text = as_json({"messages": [row(0, BEN, "x") | broken, row(1, BEN, "ok")]})
    file = ExportFile(put(tmp_path, Sample("DM a/messages.json", text)))
    assert [m.text for m in google_chat.read(file)] == ["ok"]
    assert len(file.problems) == 1

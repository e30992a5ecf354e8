"""Whatever was said: a file twice is the file once, and parts that overlap are the whole.

TWIN_PARTS is the number of chats for each program.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.importers.import_files import import_paths
from tests.storage.importers.exports import in_memory
from tests.storage.importers.samples import as_csv, as_json, sample_named

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("TWIN_PARTS", "25"))
ME, FRIEND = "Ben", "Ann"
CHATLAB = json.loads(sample_named("chatlab.json").text)
SESSION = json.loads(sample_named("weflow.json").text)["session"]
PYWXDUMP_HEADER = sample_named("wxid_f_0_3.csv").text.splitlines()[0].split(",")
QQ_INFO = json.loads(sample_named("qq.json").text)["chatInfo"]
BEGIN = datetime(2024, 10, 13, 11, 43).astimezone(UTC)


@dataclass(frozen=True)
class Said:
    """A message of the whole chat. `number` is its id where the format has one."""

    number: int
    second: int
    mine: bool
    text: str

    @property
    def name(self) -> str:
        return ME if self.mine else FRIEND

    @property
    def epoch(self) -> int:
        return int((BEGIN + timedelta(seconds=self.second)).timestamp())

    def time(self, form: str) -> str:
        return f"{(BEGIN + timedelta(seconds=self.second)).astimezone():{form}}"


def recipe(chat: Sequence[Said]) -> str:
    return as_json([[said.time("%Y-%m-%d %H:%M:%S"), said.name, said.text] for said in chat])


def chatlab(chat: Sequence[Said]) -> str:
    messages = [
        {"sender": said.name, "timestamp": said.epoch, "type": 0, "content": said.text}
        for said in chat
    ]
    meta = CHATLAB["meta"] | {"ownerId": ME}
    return as_json(CHATLAB | {"meta": meta, "messages": messages})


def weflow(chat: Sequence[Said]) -> str:
    messages = [
        {
            "createTime": said.epoch,
            "type": "文本消息",
            "content": said.text,
            "isSend": int(said.mine),
            "senderUsername": said.name,
        }
        for said in chat
    ]
    return as_json({"weflow": {}, "session": SESSION, "messages": messages})


def pywxdump(chat: Sequence[Said]) -> str:
    rows: list[list[Any]] = [
        [said.number, "", "文本", int(said.mine), said.name, FRIEND, said.text, "", time]
        for said in chat
        for time in [said.time("%Y-%m-%d %H:%M:%S")]
    ]
    return as_csv(PYWXDUMP_HEADER, *rows)


def spreadsheet(chat: Sequence[Said]) -> str:
    """PyWxDump's, saved again: the seconds are gone."""
    rows: list[list[Any]] = [
        [0, "7.5E+18", "文本", int(said.mine), said.name, FRIEND, said.text, "", time]
        for said in chat
        for time in [said.time("%Y/%m/%d %H:%M")]
    ]
    return as_csv(PYWXDUMP_HEADER, *rows)


def telegram(chat: Sequence[Said]) -> str:
    messages = [
        {
            "id": said.number,
            "type": "message",
            "date_unixtime": str(said.epoch),
            "from": said.name,
            "from_id": f"user{int(said.mine)}",
            "text": said.text,
        }
        for said in chat
    ]
    return as_json({"name": FRIEND, "type": "personal_chat", "id": 5, "messages": messages})


def qq(chat: Sequence[Said]) -> str:
    messages = [
        {
            "id": str(said.number),
            "timestamp": said.epoch * 1000,
            "sender": {"uid": "u_me" if said.mine else "u_f", "name": said.name},
            "type": "type_1",
            "content": {"text": said.text},
        }
        for said in chat
    ]
    return as_json({"metadata": {}, "chatInfo": QQ_INFO, "messages": messages})


def discord(chat: Sequence[Said]) -> str:
    messages = [
        {
            "id": str(said.number),
            "type": "Default",
            "timestamp": datetime.fromtimestamp(said.epoch, UTC).isoformat(),
            "content": said.text,
            "author": {"id": str(int(said.mine)), "name": said.name},
        }
        for said in chat
    ]
    channel = {"id": "77", "type": "DirectTextChat", "name": FRIEND}
    return as_json({"guild": {"id": "0"}, "channel": channel, "messages": messages})


def iphone(chat: Sequence[Said]) -> str:
    return "".join(f"[{s.time('%m/%d/%y, %H:%M:%S')}] {s.name}: {s.text}\n" for s in chat)


def android(chat: Sequence[Said]) -> str:
    return "".join(f"{s.time('%m/%d/%y, %H:%M')} - {s.name}: {s.text}\n" for s in chat)


def line(chat: Sequence[Said]) -> str:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if "\n" in text else text

    rows = [f"{said.time('%H:%M')}\t{said.name}\t{quoted(said.text)}\n" for said in chat]
    return f"[LINE] Chat history with {FRIEND}\n\n2024/10/13(Sun)\n" + "".join(rows)


def qq_txt(chat: Sequence[Said]) -> str:
    return f"消息对象:{FRIEND}\n\n" + "".join(
        f"{said.time('%Y-%m-%d %H:%M:%S')} {said.name}({10000 + said.mine})\n{said.text}\n\n"
        for said in chat
    )


def memotrace_txt(chat: Sequence[Said]) -> str:
    return "".join(
        f"{said.time('%Y-%m-%d %H:%M:%S')} {said.name}\n{said.text}\n\n" for said in chat
    )


def imessage(chat: Sequence[Said]) -> str:
    return "".join(f"{s.time('%b %d, %Y %I:%M:%S %p')}\n{s.name}\n{s.text}\n\n" for s in chat)


Writer = Callable[[Sequence[Said]], str]
# (what writes it, its format, how many seconds apart its times are)
PROGRAMS: list[tuple[Writer, str, int]] = [
    (recipe, "recipe", 1),
    (chatlab, "chatlab", 1),
    (weflow, "weflow", 1),
    (pywxdump, "pywxdump", 1),
    (spreadsheet, "pywxdump", 60),
    (telegram, "telegram", 1),
    (qq, "qq", 1),
    (discord, "discord", 1),
    (iphone, "whatsapp", 1),
    (android, "whatsapp", 60),
    (line, "line", 60),
    (qq_txt, "qq-txt", 1),
    (memotrace_txt, "memotrace-txt", 1),
    (imessage, "imessage", 1),
]
# The owner's in each of them, by id or by name; where the file itself marks them, nobody is named.
MARKED = ("weflow", "pywxdump", "qq", "chatlab")
TEXTS = (
    st.sampled_from(["好", "嗯", "[照片]", "[图片]", "image omitted", "12/12/19, 02:09 - Ann: hi"])
    # No digits: a line that is a row of the format is one, and nobody can see it.
    | st.text(st.sampled_from("ab好 \n\r\t\"'\\:[]{}<>☎,=\0\u200e\u2028😀"), max_size=8)
    | st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=4)
)
CHATS = st.lists(st.tuples(st.integers(1, 240), st.booleans(), TEXTS), max_size=12).map(
    lambda rows: [
        # A word of the owner's, so that every part can be imported.
        Said(1, 0, True, "start"),
        *(Said(n, *row) for n, row in enumerate(sorted(rows, key=lambda row: row[0]), 2)),
    ]
)


def stored(db: Database) -> list[tuple[object, ...]]:
    return db.execute(
        "SELECT c.name, m.origin, m.kind, m.text, m.sent_at, m.external_id, m.recalled_at "
        "FROM messages m JOIN chats c ON c.id = m.chat_id ORDER BY 1, 2, 3, 4, 5, 6"
    ).fetchall()


@pytest.mark.parametrize(
    ("write", "format", "unit"), PROGRAMS, ids=[program[0].__name__ for program in PROGRAMS]
)
def test_twice_is_once_and_parts_are_the_whole(
    tmp_path: Path, write: Writer, format: str, unit: int
) -> None:
    def put(folder: str, chat: Sequence[Said]) -> Path:
        path = tmp_path / folder / f"{FRIEND}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(write(chat), encoding="utf-8", newline="")
        return path

    def bring(db: Database, *paths: Path) -> int:
        me = None if format in MARKED else ME
        return import_paths(db, paths, me=me, format=format).new

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(CHATS, st.integers(0, 240), st.integers(0, 90), st.booleans())
    def check(chat: list[Said], cut: int, overlap: int, later_first: bool) -> None:
        # A program that is asked for a period ends at a second, or at a minute.
        end, begin = (cut + overlap) // unit * unit + unit, cut // unit * unit
        early = put("early", [said for said in chat if said.second < end])
        late = put("late", chat[:1] + [said for said in chat[1:] if said.second >= begin])
        whole = put("whole", chat)
        at_once, in_parts = in_memory(), in_memory()
        try:
            assert bring(at_once, whole) == len(chat)
            for part in (late, early) if later_first else (early, late):
                bring(in_parts, part)
            assert stored(in_parts) == stored(at_once)
            for db in (in_parts, at_once):
                assert bring(db, whole, early, late) == 0
        finally:
            at_once.conn.close()
            in_parts.conn.close()

    check()

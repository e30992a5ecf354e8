"""Exports with times to the minute beside those with seconds and beside the live log."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.importers.dates import to_the_minute
from storage.importers.import_files import import_paths
from storage.messages import NewMessage, dedupe_key, log_message
from tests.storage.importers.exports import in_memory

Said = tuple[str, str, str]  # time of day, name, text
TWICE: list[Said] = [("11:43:05", "Ann", "hi"), ("11:43:40", "Ann", "hi"), ("11:44:00", "me", "ho")]
OTHERS = [(43, "me", "hi"), (44, "me", "ok"), (43, "Ann", "ho")]


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def phone(folder: Path, said: Sequence[Said], *, seconds: bool) -> Path:
    """WhatsApp's file: Android's to the minute, an iPhone's to the second."""
    lines = [
        (f"[10/13/24, {time}] " if seconds else f"10/13/24, {time[:5]} - ") + f"{name}: {text}"
        for time, name, text in said
    ]
    return put(folder / "WhatsApp Chat with Ann.txt", "\n".join(lines) + "\n")


def stored(db: Database) -> list[tuple[str, str, str]]:
    """(side, text, second of the minute)."""
    rows = db.execute("SELECT origin, text, sent_at / 1000 % 60 FROM messages ORDER BY sent_at, id")
    return [(origin, text, f"{second:02}") for origin, text, second in rows]


@pytest.mark.parametrize("seconds_first", [True, False])
def test_a_minute_meets_its_seconds(db: Database, tmp_path: Path, seconds_first: bool) -> None:
    files = [phone(tmp_path / f"{fine}", TWICE, seconds=fine) for fine in (True, False)]
    new = [import_paths(db, [file], me="me").new for file in files[:: 1 if seconds_first else -1]]
    assert new == [3, 0]
    assert stored(db) == [("peer", "hi", "05"), ("peer", "hi", "40"), ("owner", "ho", "00")]


def test_each_has_what_the_other_lacks(db: Database, tmp_path: Path) -> None:
    fine = phone(tmp_path / "1", TWICE[1:], seconds=True)
    coarse = phone(tmp_path / "2", [*TWICE, ("11:44:00", "Ann", "and?")], seconds=False)
    assert import_paths(db, [fine], me="me").new == 2
    assert import_paths(db, [coarse], me="me").new == 2
    assert import_paths(db, [fine, coarse], me="me").new == 0
    assert Counter(text for _, text, _ in stored(db)) == {"hi": 2, "ho": 1, "and?": 1}


def test_other_sides_texts_minutes_and_chats_stay_apart(db: Database, tmp_path: Path) -> None:
    fine: list[Said] = [("11:43:05", "Ann", "hi"), ("11:43:06", "me", "ok")]
    coarse: list[Said] = [(f"11:{m}:00", who, text) for m, who, text in OTHERS]
    import_paths(db, [phone(tmp_path / "1", fine, seconds=True)], me="me")
    assert import_paths(db, [phone(tmp_path / "2", coarse, seconds=False)], me="me").new == 3
    other = phone(tmp_path / "3", fine, seconds=False).rename(tmp_path / "Bob.txt")
    assert import_paths(db, [other], me="me").new == 2


@pytest.mark.parametrize("seconds", [True, False])
def test_what_the_bot_wrote_and_was_ordered_does_not_come_back_as_the_owners_words(
    db: Database, tmp_path: Path, seconds: bool
) -> None:
    chat = upsert_chat(db, "whatsapp", "Ann", "Ann")
    noon = int(datetime(2024, 10, 13, 11, 43).astimezone().timestamp()) * 1000
    live = [
        ("peer", "text", "hi", noon + 5120),
        ("twin", "text", "ho", noon + 61_300),
        ("twin", "notice", "a twin answers", noon + 62_000),
        ("owner", "command", "/twin off", noon + 63_000),
    ]
    for origin, kind, text, at in live:
        key = dedupe_key(at, origin != "peer", kind, text, 0)
        log_message(db, NewMessage(chat.id, origin, text, at, kind, dedupe_key=key))  # type: ignore[arg-type]
    said: list[Said] = [
        ("11:43:05", "Ann", "hi"),
        ("11:44:01", "me", "ho"),
        ("11:44:02", "me", "a twin answers"),
        ("11:44:03", "me", "/twin off"),
    ]
    assert import_paths(db, [phone(tmp_path, said, seconds=seconds)], me="me").new == 0
    assert [row[:2] for row in stored(db)] == [(origin, text) for origin, _, text, _ in live]


@pytest.mark.parametrize(
    ("time", "coarse"),
    [
        ("11:43", True),
        ("11:43:05", False),
        ("2:09 p. m.", True),
        ("14.05.33", False),
        ("下午2:09", True),
        ("2024/10/4 11:43", True),
        ("2024.10.4 11:43", True),
        ("2024-10-04 11:43:05", False),
        ("2024-10-04T11:43+08:00", True),
        ("2024-10-04T03:43:05.120Z", False),
    ],
)
def test_whether_a_time_has_a_second(time: str, coarse: bool) -> None:
    assert to_the_minute(time) is coarse


Chat = list[tuple[int, str, str]]  # seconds since 11:43, name, text
CHATS = st.lists(
    st.tuples(st.integers(0, 179), st.sampled_from(["Ann", "me"]), st.sampled_from(["好", "嗯"])),
    max_size=12,
).map(sorted)
Part = tuple[int, int, bool]  # from this minute to that one, and whether it has seconds
PARTS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans()), max_size=3)
FILES = st.lists(st.tuples(CHATS, st.booleans()), max_size=3)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def recipe(path: Path, chat: Chat, *, seconds: bool) -> Path:
    # A word of the owner's, so that every file can be imported.
    rows = [["2024-10-04 11:42:00" if seconds else "2024-10-04 11:42", "me", "start"]]
    for at, name, text in chat:
        clock = f"11:{43 + at // 60}" + (f":{at % 60:02}" if seconds else "")
        rows.append([f"2024-10-04 {clock}", name, text])
    return put(path / "c.json", json.dumps(rows))


def imported(paths: Sequence[Path]) -> list[tuple[str, str, str]]:
    """What is stored by importing one after the other; once more, they add nothing."""
    db = in_memory()
    try:
        for path in paths:
            import_paths(db, [path], me="me")
        rows = stored(db)
        if paths:
            assert import_paths(db, paths, me="me").new == 0
            assert stored(db) == rows
        return rows
    finally:
        db.conn.close()


@pytest.mark.slow
@QUICK
@given(chat=CHATS, cuts=PARTS)
def test_parts_of_any_precision_in_any_order_are_what_was_said(
    tmp_path: Path, chat: Chat, cuts: list[Part]
) -> None:
    """Parts begin and end with a minute: in it, the minute alone does not show what is new."""
    parts = []
    for number, (first, last, seconds) in enumerate(cuts):
        rows = [row for row in chat if first <= row[0] // 60 <= last]
        parts.append(recipe(tmp_path / str(number), rows, seconds=seconds))
    exported = [row for row in chat if any(a <= row[0] // 60 <= b for a, b, _ in cuts)]
    exact = [row for row in chat if any(a <= row[0] // 60 <= b and s for a, b, s in cuts)]
    for order in permutations(parts):
        found = [row for row in imported(order) if row[1] != "start"]
        sides = Counter(("owner" if name == "me" else "peer", text) for _, name, text in exported)
        assert Counter(row[:2] for row in found) == sides
        times = Counter((text, f"{at % 60:02}") for at, _, text in exact)
        assert Counter(row[1:] for row in found) >= times


@pytest.mark.slow
@QUICK
@given(files=FILES)
def test_the_order_never_matters(tmp_path: Path, files: list[tuple[Chat, bool]]) -> None:
    """Also where the files contradict each other."""
    paths = [
        recipe(tmp_path / str(number), chat, seconds=seconds)
        for number, (chat, seconds) in enumerate(files)
    ]
    results = {tuple(sorted(imported(order))) for order in permutations(paths)}
    assert len(results) == 1

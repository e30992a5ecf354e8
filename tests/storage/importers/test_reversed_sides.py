"""Sides that are reversed are asked about by several signs; those that are right are not."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import list_chats
from storage.importers.import_files import import_paths
from tests.storage.importers.exports import Row, export, in_memory

FRIENDS = ("Anna", "Carl", "Dora", "Emil")
# Two people who write of the same things in their own way.
MINE = (
    "yeah sure lol",
    "nah im good",
    "lol same",
    "brb gotta run",
    "k see u at {n}",
    "omg no way lol",
)
THEIRS = (
    *("Yes, that sounds good.", "I would rather stay at home.", "See you at {n} then."),
    *("That is really surprising!", "I have to leave now.", "The same happened to me."),
)


def at(number: int, minute: int = 0) -> str:
    return f"2024-10-{1 + number // 24:02} {number % 24:02}:{minute:02}:00"


def talk(folder: Path, friend: str, *, reverse: bool = False) -> Path:
    """A chat of 80 messages on each side."""
    sides = (("Ben", THEIRS), (friend, MINE)) if reverse else (("Ben", MINE), (friend, THEIRS))
    rows = [
        (at(number, ord(friend[0]) - 65), name, texts[number % 7 % 6].format(n=number))
        for number in range(160)
        for name, texts in [sides[number % 2]]
    ]
    return export(folder / f"{friend}.json", rows)


def doubts(db: Database, paths: Sequence[Path], me: str = "Ben") -> list[str]:
    asked: list[str] = []
    report = import_paths(db, paths, me=me, confirm=asked.extend)
    assert [note for note in report.notes if "are the sides reversed?" in note] == asked
    return asked


def short(folder: Path, name: str, *rows: tuple[str, str]) -> Path:
    return export(folder / f"{name}.json", [(at(n), *row) for n, row in enumerate(rows)])


def test_right_sides_are_not_doubted(db: Database, tmp_path: Path) -> None:
    for friend in FRIENDS:
        talk(tmp_path, friend)
    assert doubts(db, [tmp_path]) == []


def test_one_reversed_chat_among_others_of_the_same_owner(db: Database, tmp_path: Path) -> None:
    for friend in FRIENDS:
        talk(tmp_path, friend, reverse=friend == "Dora")
    (asked,) = doubts(db, [tmp_path])
    assert asked.startswith("Dora: are the sides reversed? the friend writes as you do")


def test_a_reversed_chat_that_comes_later_is_compared_with_the_log(
    db: Database, tmp_path: Path
) -> None:
    import_paths(db, [talk(tmp_path, friend) for friend in FRIENDS[:3]], me="Ben")
    assert doubts(db, [talk(tmp_path, "Emil")]) == []
    assert len(doubts(db, [talk(tmp_path / "2", "Fred", reverse=True)])) == 1


def test_a_chat_that_is_called_like_its_owner(db: Database, tmp_path: Path) -> None:
    path = short(tmp_path, "Anna", ("Anna", "hi"), ("Ben", "ho"))
    (asked,) = doubts(in_memory(), [path], me="Anna")
    assert "the name that is yours" in asked
    assert doubts(db, [path], me="Ben") == []


def test_somebody_who_greets_themselves(tmp_path: Path) -> None:
    words = ("hi Anna", "Anna, are you there?", "thanks anna!")
    wrong = [("Anna Lee", text) for text in words] + [("Ben", "hi Ben"), ("Ben", "ok")]
    (asked,) = doubts(in_memory(), [short(tmp_path / "1", "Anna Lee", *wrong)])
    assert "anna greets anna" in asked
    right = [("Ben", text) for text in words] + [("Anna Lee", "hi Ben"), ("Anna Lee", "ok")]
    assert doubts(in_memory(), [short(tmp_path / "2", "Anna Lee", *right)]) == []


def test_talk_about_oneself_is_no_greeting(tmp_path: Path) -> None:
    rows = [("Anna", "Anna is my name"), ("Anna", "anna here"), ("Anna", "hi, Anna"), ("Ben", "hi")]
    assert doubts(in_memory(), [short(tmp_path, "Anna", *rows)]) == []


def test_who_says_no_imports_nothing(db: Database, tmp_path: Path) -> None:
    def no(asked: Sequence[str]) -> None:
        raise KeyboardInterrupt

    path = short(tmp_path, "Anna", ("Anna", "hi"), ("Ben", "ho"))
    with pytest.raises(KeyboardInterrupt):
        import_paths(db, [path], me="Anna", confirm=no)
    assert list_chats(db) == []
    assert import_paths(db, [path], me="Ben").new == 2


def test_the_newest_message_first_is_the_same(tmp_path: Path) -> None:
    rows: list[Row] = [(at(n), name, "hi") for n, name in enumerate(["Anna", "Ben"] * 20)]
    assert doubts(in_memory(), [export(tmp_path / "Anna.json", rows[::-1])]) == []

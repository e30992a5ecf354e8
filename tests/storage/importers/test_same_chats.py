"""One chat never becomes two in silence, and two people never one."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import list_chats
from storage.errors import InputError
from storage.importers import same_chats
from storage.importers.import_files import import_paths
from tests.storage.importers.exports import Row, export, export_csv, in_memory

SAID = [f"what about plan {number}?" for number in range(12)]


def rows(friend: str, said: list[str] = SAID, minute: int = 0) -> list[Row]:
    return [
        (f"2024-10-{1 + n:02} 11:{minute:02}:05", ("我", friend)[n % 2], text)
        for n, text in enumerate(said)
    ]


def questions(db: Database, *paths: Path) -> list[str]:
    asked: list[str] = []
    import_paths(db, paths, me="我", confirm=asked.extend)
    return asked


def wechat(path: Path) -> Path:
    """The same chat by another program, which knows it by an id."""
    own = [(str(n), str(int(who == "我")), text, at) for n, (at, who, text) in enumerate(rows("x"))]
    return export_csv(path, own)


def test_one_chat_of_two_programs_is_asked_about(tmp_path: Path) -> None:
    paths = export(tmp_path / "小明.json", rows("小明")), wechat(tmp_path / "wxid_f_0_12.csv")
    (asked,) = questions(in_memory(), *paths)
    assert "小明" in asked
    assert "12 messages are the same: is it one chat" in asked
    db = in_memory()
    assert questions(db, paths[0]) == []
    (later,) = questions(db, paths[1])
    assert "is it one chat" in later
    assert questions(db, *paths[1:]) == []  # known by now


def test_a_person_with_two_ids(db: Database, tmp_path: Path) -> None:
    one, two = (export(tmp_path / f"{name}.json", rows(name)) for name in ("Ann", "Ann old"))
    assert len(questions(db, one, two)) == 1


def test_what_the_owner_sent_to_all_is_no_sign(db: Database, tmp_path: Path) -> None:
    for number, friend in enumerate(("Ann", "Bob", "Carl")):
        own = [(f"2024-10-{1 + n:02} 12:00:00", "我", f"happy day {n}") for n in range(9)]
        export(tmp_path / f"{friend}.json", own + rows(friend, minute=number + 1))
    assert questions(db, tmp_path) == []


def test_friends_who_write_alike_at_other_times(db: Database, tmp_path: Path) -> None:
    for number, friend in enumerate(("Ann", "Bob", "Carl")):
        export(tmp_path / f"{friend}.json", rows(friend, minute=number))
    assert questions(db, tmp_path) == []
    assert len(list_chats(db)) == 3


def test_two_people_of_one_name_in_one_folder(db: Database, tmp_path: Path) -> None:
    export(tmp_path / "a" / "Ann.json", rows("Ann"))
    export(tmp_path / "b" / "Ann.json", rows("Ann", [f"other {n}" for n in range(12)]))
    with pytest.raises(InputError, match="if they are two people, rename one of the files"):
        import_paths(db, [tmp_path], me="我")
    assert list_chats(db) == []
    (tmp_path / "b" / "Ann.json").rename(tmp_path / "b" / "Ann B.json")
    import_paths(db, [tmp_path], me="我")
    assert len(list_chats(db)) == 2


def test_parts_and_copies_of_one_chat_are_one(db: Database, tmp_path: Path) -> None:
    export(tmp_path / "a" / "Ann.json", rows("Ann"))
    export(tmp_path / "b" / "Ann.json", rows("Ann")[4:])
    later = [(at.replace("-10-", "-11-"), who, text) for at, who, text in rows("Ann")]
    export(tmp_path / "c" / "Ann.json", later)
    assert questions(db, tmp_path) == []
    assert len(list_chats(db)) == 1


def test_few_are_remembered_of_many(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(same_chats, "_MOST", 60)
    said = [f"what about plan {number}?" for number in range(28)]
    for name in ("Ann", "Ann old"):
        more = [row for minute in range(20) for row in rows(name, said, minute)]
        export(tmp_path / f"{name}.json", more)
    assert len(questions(db, tmp_path)) == 1

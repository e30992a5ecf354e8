"""One chat never becomes two in silence, and two people never one."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import list_chats
from storage.errors import InputError
from storage.importers import same_chats, write
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


OTHER = [f"something else {number}" for number in range(12)]


def chats(db: Database) -> list[tuple[str, str, str, int]]:
    return [
        tuple(row)
        for row in db.execute(
            "SELECT platform, external_id, name, (SELECT COUNT(*) FROM messages "
            "WHERE chat_id = chats.id) FROM chats ORDER BY id"
        )
    ]


def test_a_renamed_friend_is_one_chat_as_the_question_says(tmp_path: Path) -> None:
    old, new = (export(tmp_path / f"{name}.json", rows(name)) for name in ("Ann old", "Ann"))
    more = export(tmp_path / "b" / "Ann.json", [*rows("Ann"), ("2024-11-01 10:00:05", "Ann", "yo")])
    (asked,) = questions(in_memory(), old, more)
    assert asked.startswith("Ann old and Ann: 12 messages are the same")
    assert 'import with --same "Ann old=Ann", and it is kept as Ann' in asked
    for paths in ([old, new], [new, old], [old, more]):
        db = in_memory()
        report = import_paths(db, paths, me="我", same=["Ann old=Ann"])
        assert [(name, n) for _, _, name, n in chats(db)] == [("Ann", 12 + (more in paths))]
        assert report.doubles == []
        assert chats(db)[0][1] == "Ann"
        # It is one from now on, by its new name alone.
        assert import_paths(db, [new], me="我").new == 0
        assert import_paths(db, [old], me="我", same=["Ann old = Ann"]).new == 0
        assert len(chats(db)) == 1


def test_a_friend_who_was_renamed_since_the_last_import(db: Database, tmp_path: Path) -> None:
    import_paths(db, [export(tmp_path / "Ann old.json", rows("Ann old"))], me="我")
    before = [chat["id"] for chat in list_chats(db)]
    more = [*rows("Ann"), ("2024-11-01 10:00:05", "Ann", "yo")]
    paths = [export(tmp_path / "Ann.json", more)]
    (asked,) = questions(in_memory_of(db), *paths)
    assert '--same "Ann old=Ann"' in asked
    assert import_paths(db, paths, me="我", same=["Ann old=Ann"], dry_run=True).new == 1
    assert chats(db)[0][2] == "Ann old"
    assert import_paths(db, paths, me="我", same=["Ann old=Ann"]).new == 1
    assert [chat["id"] for chat in list_chats(db)] == before
    assert chats(db) == [("import", "Ann", "Ann", 13)]


def in_memory_of(db: Database) -> Database:
    copy = in_memory()
    db.conn.backup(copy.conn)
    return copy


def test_the_other_way_round_it_keeps_the_old_name(db: Database, tmp_path: Path) -> None:
    for name in ("Ann old", "Ann"):
        path = export(tmp_path / f"{name}.json", rows(name))
        import_paths(db, [path], me="我", same=["Ann=Ann old"] if name == "Ann" else [])
    assert chats(db) == [("import", "Ann old", "Ann old", 12)]


def test_an_id_is_kept_by_which_live_messages_come(tmp_path: Path) -> None:
    named, known = (
        export(tmp_path / "小明.json", rows("小明")),
        wechat(tmp_path / "wxid_f_0_12.csv"),
    )
    for paths in ([named, known], [known, named]):
        db = in_memory()
        (asked,) = questions(in_memory(), *paths)
        assert '--same "小明=wxid_f", and it is kept as wxid_f' in asked
        import_paths(db, paths, me="我", same=["小明=wxid_f"])
        assert [row[:2] + row[3:] for row in chats(db)] == [("wechat", "wxid_f", 12)]
        import_paths(db, paths, me="我", same=["wechat:wxid_f=import:小明"])
        assert [row[:2] + row[3:] for row in chats(db)] == [("wechat", "wxid_f", 12)]


def test_a_friend_with_two_ids_whose_days_overlap(db: Database, tmp_path: Path) -> None:
    own = [
        (str(n), str(n % 2), text, f"2024-10-{1 + n:02} 11:00:05") for n, text in enumerate(SAID)
    ]
    one = export_csv(tmp_path / "a.csv", own, room="wxid_a")
    others = [(str(100 + n), mine, f"more {text}", at) for n, (_, mine, text, at) in enumerate(own)]
    other = export_csv(tmp_path / "b.csv", others, room="wxid_b")
    named = export(tmp_path / "Ann.json", rows("Ann", OTHER))
    paths = [one, other, named]
    import_paths(db, paths, me="我", same=["wxid_a=wxid_b", "Ann=wxid_b"])
    assert [row[:2] + row[3:] for row in chats(db)] == [("wechat", "wxid_b", 36)]


def test_an_import_that_fails_leaves_the_names(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_paths(db, [export(tmp_path / "小明.json", rows("小明"))], me="我")
    before = chats(db)

    def fail(*given: object) -> None:
        raise InputError("no")

    monkeypatch.setattr(write, "_carry_changes", fail)
    with pytest.raises(InputError, match=r"^no$"):
        import_paths(db, [wechat(tmp_path / "f.csv")], same=["小明=wxid_f"])
    assert chats(db) == before


@pytest.mark.parametrize(
    ("same", "cause"),
    [
        (["Ann"], "not two names"),
        (["=Ann"], "not two names"),
        (["Ann = Ann"], "not two names"),
        (["a=b=Ann"], '"Old name = New name" where there is a "=" in a name'),
        (["Ann old=Anne"], "neither the files nor the log have a chat Anne; the files have Ann, "),
        (["Ann old=Ann", "Ann=Ann old"], "kept by more than one name"),
        (["Ann old=Ann", "Ann old=Bob"], "kept by more than one name"),
        (["小明=wxid_f", "Bob=Ann"], "more than one; give one of import:Ann, line:Ann"),
        (["Carl=Dora"], 'bot has answered in Carl, so keep that one: "Dora=Carl"'),
    ],
)
def test_what_is_said_wrongly_is_one_line(
    db: Database, tmp_path: Path, same: list[str], cause: str
) -> None:
    said = [[*SAID], [f"b {text}" for text in SAID], [f"c {text}" for text in SAID]]
    for name, texts in zip(("Carl", "Dora"), said, strict=False):
        import_paths(db, [export(tmp_path / "log" / f"{name}.json", rows(name, texts))], me="我")
    answer(db, "Carl")
    for minute, name in enumerate(("Ann", "Ann old", "Bob", "小明")):
        export(tmp_path / "in" / f"{name}.json", rows(name, minute=minute))
    line = "[LINE] Chat history with Ann\n\n2024/04/06(Sat)\n10:00\tAnn\thi\n10:01\t我\tho\n"
    (tmp_path / "in" / "line.txt").write_text(line, encoding="utf-8")
    wechat(tmp_path / "in" / "wxid_f_0_12.csv")
    before = chats(db)
    with pytest.raises(InputError, match=cause) as caught:
        import_paths(db, [tmp_path / "in"], me="我", same=same)
    assert "\n" not in str(caught.value)
    assert chats(db) == before


def answer(db: Database, name: str) -> None:
    db.execute(
        "INSERT INTO decisions (chat_id, last_message_id, answered, reason, decided_at) "
        "SELECT chat_id, MIN(id), 0, 'x', 1 FROM messages "
        "WHERE chat_id = (SELECT id FROM chats WHERE name = ?)",
        [name],
    )


def test_two_chats_of_the_log_become_one(db: Database, tmp_path: Path) -> None:
    """A script was told of them after the import."""
    minutes = [(at[:-3], who, text) for at, who, text in rows("Ann old")]
    before = [*minutes, ("2024-09-01 10:00", "Ann old", "first")]
    later = [*rows("Ann"), ("2024-11-01 10:00:05", "Ann", "last")]
    paths = [export(tmp_path / "Ann old.json", before), export(tmp_path / "Ann.json", later)]
    assert import_paths(db, paths, me="我").new == 26
    old, new = (chat["id"] for chat in sorted(list_chats(db), key=lambda chat: -len(chat["name"])))
    db.execute("UPDATE messages SET recalled_at = 1 WHERE text = 'first' OR text = ?", [SAID[3]])
    db.execute("UPDATE messages SET recalled_at = NULL WHERE chat_id = ?", [new])
    db.execute("INSERT INTO excluded_answers VALUES (?, 5), (?, 5), (?, 6)", [old, new, old])
    answer(db, "Ann")
    for _ in range(2):
        assert import_paths(db, paths, me="我", same=["Ann old=Ann"]).new == 0
    assert [chat["id"] for chat in list_chats(db)] == [new]
    found = db.execute("SELECT text FROM messages ORDER BY sent_at, id").fetchall()
    assert [text for (text,) in found] == ["first", *SAID, "last"]
    recalled = db.execute(
        "SELECT text FROM messages WHERE recalled_at IS NOT NULL ORDER BY text = 'first'"
    ).fetchall()
    assert [text for (text,) in recalled] == [SAID[3], "first"]
    excluded = db.execute("SELECT * FROM excluded_answers ORDER BY 1, 2").fetchall()
    assert excluded == [(new, 5), (new, 6)]

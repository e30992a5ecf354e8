from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.chats import list_chats
from storage.errors import InputError, TwinError
from storage.importers.formats.pywxdump import COLUMNS
from storage.importers.import_files import import_paths
from storage.search import search_messages
from tests.storage.importers.exports import ROWS, Row, export, export_csv, in_memory


def dump(db: Database) -> list[tuple[object, ...]]:
    """All that an import writes, without row numbers."""
    return db.execute(
        "SELECT c.platform, c.external_id, c.mode, m.origin, m.kind, m.text, m.sent_at, m.source, "
        "m.external_id, m.recalled_at, p.name FROM messages m JOIN chats c ON c.id = m.chat_id "
        "LEFT JOIN contacts p ON p.id = m.sender_id "
        "ORDER BY c.external_id, m.sent_at, m.origin, m.text, m.external_id"
    ).fetchall()


def test_an_import_and_its_report(db: Database, tmp_path: Path) -> None:
    path = export(tmp_path / "小明.json")
    report = import_paths(db, [path], me="我", format=None)
    (file,) = report.files
    assert (file.path, file.format, file.chat) == (path, "recipe", "小明")
    assert (file.messages, file.new, file.duplicates, file.owner) == (4, 4, 0, 2)
    assert file.last_at - file.first_at == 7000
    assert [(row[3], row[10]) for row in dump(db)] == [
        ("peer", "小明"),
        ("peer", "小明"),
        ("owner", None),
        ("owner", None),
    ]
    assert {row[:3] for row in dump(db)} == {("import", "小明", "log")}
    assert {row[7] for row in dump(db)} == {"import:recipe"}
    assert len(search_messages(db, "打球")) == 2


def test_the_same_chat_again_adds_nothing(db: Database, tmp_path: Path) -> None:
    import_paths(db, [export(tmp_path / "小明.json")], me="我")
    before = dump(db)
    again = import_paths(db, [export(tmp_path / "copy" / "小明.json", encoding="gb18030")], me="我")
    assert (again.messages, again.new, again.duplicates) == (4, 0, 4)
    assert dump(db) == before


def test_a_file_that_is_named_twice_is_one_file(db: Database, tmp_path: Path) -> None:
    path = export(tmp_path / "小明.json")
    report = import_paths(db, [path, tmp_path, path], me="我")
    assert (len(report.files), report.messages) == (1, 4)


def test_equal_chats_of_two_friends_are_two_chats(db: Database, tmp_path: Path) -> None:
    export(tmp_path / "a.json")
    export(tmp_path / "b.json")
    assert import_paths(db, [tmp_path], me="我").new == 8
    assert len(list_chats(db)) == 2


def test_gb18030(db: Database, tmp_path: Path) -> None:
    import_paths(db, [export(tmp_path / "小明.json", encoding="gb18030")], me="我")
    assert len(search_messages(db, "打球")) == 2


def test_without_me_the_usual_word_for_the_owner_counts(db: Database, tmp_path: Path) -> None:
    assert import_paths(db, [export(tmp_path / "小明.json")]).owner == 2


def test_dry_run_reports_and_writes_nothing(db: Database, tmp_path: Path) -> None:
    report = import_paths(db, [export(tmp_path / "小明.json")], me="我", dry_run=True)
    assert (report.new, report.dry_run) == (4, True)
    assert dump(db) == []
    assert list_chats(db) == []


def test_half_a_character_does_not_stop_an_import(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    path.write_text(
        '[["2024-10-04 11:43:05", "a\\ud83d", "\\ud83d"], ["2024-10-04 11:43:06", "我", "b"]]'
    )
    assert import_paths(db, [path]).new == 2
    assert import_paths(db, [path]).new == 0


class TestFolders:
    def test_mixed_formats_hidden_files_and_others(self, db: Database, tmp_path: Path) -> None:
        export(tmp_path / "in" / "小明.json")
        export_csv(
            tmp_path / "in" / "wx" / "wxid_f_0_2.csv", [("1", "1", "hi", "2024-10-04 11:43:05")]
        )
        (tmp_path / "in" / "wx" / "users.json").write_text("{}")
        (tmp_path / "in" / "readme.txt").write_text("my chats")
        (tmp_path / "in" / "photo.jpg").write_bytes(b"\xff\xd8")
        export(tmp_path / "in" / ".trash" / "old.json")
        report = import_paths(db, [tmp_path / "in"], me="我")
        assert [file.format for file in report.files] == ["pywxdump", "recipe"] or [
            file.format for file in report.files
        ] == ["recipe", "pywxdump"]
        assert report.skipped == [tmp_path / "in" / "readme.txt"]

    def test_a_folder_without_exports(self, db: Database, tmp_path: Path) -> None:
        empty = tmp_path / "empty"
        empty.mkdir()
        with pytest.raises(InputError, match="no file that could be a chat export"):
            import_paths(db, [empty], me="我")


class TestPyWxDump:
    def test_platform_ids_and_owner_come_from_the_file(self, db: Database, tmp_path: Path) -> None:
        path = export_csv(
            tmp_path / "wxid_f_0_2.csv",
            [("11", "0", "hi", "2024-10-04 11:43:05"), ("12", "1", "ho", "2024-10-04 11:43:06")],
        )
        report = import_paths(db, [path])
        assert (report.new, report.owner) == (2, 1)
        assert [(row[0], row[3], row[7], row[8]) for row in dump(db)] == [
            ("wechat", "peer", "import:pywxdump", "11"),
            ("wechat", "owner", "import:pywxdump", "12"),
        ]
        assert import_paths(db, [path], me="wxid_me").new == 0

    def test_a_wrong_me_is_refused_though_the_file_knows_better(
        self, db: Database, tmp_path: Path
    ) -> None:
        path = export_csv(
            tmp_path / "f.csv",
            [("11", "0", "hi", "2024-10-04 11:43:05"), ("12", "1", "ho", "2024-10-04 11:43:06")],
        )
        with pytest.raises(InputError, match=r"leave --me out.*wxid_f \(1\), wxid_me \(1\)"):
            import_paths(db, [path], me="wxid_f")

    def test_parts_of_one_chat_where_the_owner_is_silent_in_one(
        self, db: Database, tmp_path: Path
    ) -> None:
        export_csv(tmp_path / "wxid_f_0_1.csv", [("11", "0", "hi", "2024-10-04 11:43:05")])
        export_csv(tmp_path / "wxid_f_1_2.csv", [("12", "1", "ho", "2024-10-04 11:43:06")])
        assert import_paths(db, [tmp_path]).new == 2

    def test_saved_again_by_a_spreadsheet_loses_no_message(
        self, db: Database, tmp_path: Path
    ) -> None:
        """Rounded ids are equal for different messages, and the seconds are gone."""
        rows = [("7.5E+18", str(n % 2), f"text {n % 3}", "2024/10/4 11:43") for n in range(12)]
        assert import_paths(db, [export_csv(tmp_path / "f.csv", rows)]).new == 12

    def test_a_later_export_takes_back_what_was_recalled(
        self, db: Database, tmp_path: Path
    ) -> None:
        at = "2024-10-04 11:43:05"
        before = [("11", "1", "oops", at), ("12", "0", "?", at)]
        after = [("11", "1", "你撤回了一条消息", at), ("12", "0", "?", at)]
        import_paths(db, [export_csv(tmp_path / "a" / "f.csv", before)])
        for _ in range(2):
            assert import_paths(db, [export_csv(tmp_path / "b" / "f.csv", after)], me="我").new == 0
        assert [(row[5], row[9] is not None) for row in dump(db)] == [("oops", True), ("?", False)]


ALPACA = '[{"instruction": "hi", "input": "", "output": "ho"}]'
SHAREGPT = '[{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}]'
OPENAI = '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}'
CHATGPT = '[{"title": "x", "create_time": 1.0, "mapping": {"a": {"id": "a", "message": null}}}]'
BAD = {
    "empty.json": ("", "the file is empty"),
    "spaces.csv": (" \n ", "the file is empty"),
    "list.json": ("[]", "not an export of a known format"),
    "broken.json": ('[["2024-10-04 11:43:05", "我",\n "hi"', "line 2: broken JSON"),
    "torn.json": ('{"a": \n\n 1', "line 3: broken JSON"),
    "nobody.json": ('[["2024-10-04 11:43:05", "Ann", "hi"]]', r"give --me one of: Ann \(1, “hi”\)"),
    "columns.csv": ("id,MsgSvrID,type_name,is_sender,msg\n", "line 1: the column talker"),
    "headers.csv": (",".join(COLUMNS) + "\n", "no message in the file"),
    "other.csv": ("name,age\nAnn,3\n", "not an export of a known format"),
    "alpaca.json": (ALPACA, "bot.py train --alpaca"),
    "alpaca.jsonl": (ALPACA[1:-1] + "\n", "bot.py train --alpaca"),
    "sharegpt.json": (SHAREGPT, r"ShareGPT.*bot.py train --alpaca"),
    "sharegpt.jsonl": (SHAREGPT[1:-1] + "\n", r"ShareGPT.*bot.py train --alpaca"),
    "openai.jsonl": (OPENAI + "\n", r"OpenAI.*bot.py train --alpaca"),
    "conversations.json": (CHATGPT, "an assistant's words and not yours"),
}


class TestBadInput:
    """One line that says what is wrong, and the database as before."""

    @pytest.fixture
    def good(self, db: Database, tmp_path: Path) -> list[tuple[object, ...]]:
        """What the database holds before."""
        import_paths(db, [export(tmp_path / "old.json", ROWS[:3])], me="我")
        return dump(db)

    def refuse(self, db: Database, paths: list[Path], cause: str, **given: str) -> str:
        before = dump(db), list_chats(db)
        with pytest.raises(InputError, match=cause) as caught:
            import_paths(db, paths, me=given.get("me"), format=given.get("format"))
        assert "\n" not in str(caught.value)
        assert not db.conn.in_transaction
        assert (dump(db), list_chats(db)) == before
        return str(caught.value)

    @pytest.mark.usefixtures("good")
    @pytest.mark.parametrize("name", BAD)
    def test_a_bad_file_after_a_good_one(self, db: Database, tmp_path: Path, name: str) -> None:
        text, cause = BAD[name]
        (tmp_path / name).write_text(text, encoding="utf-8")
        paths = [export(tmp_path / "new.json"), tmp_path / name]
        assert str(tmp_path / name) in self.refuse(db, paths, cause)

    @pytest.mark.usefixtures("good")
    def test_a_file_that_is_not_there(self, db: Database, tmp_path: Path) -> None:
        self.refuse(db, [tmp_path / "ghost.json"], "ghost.json: can't be read")
        self.refuse(db, [tmp_path / "ghost.json"], "can't be read", format="recipe")

    @pytest.mark.usefixtures("good")
    def test_an_unknown_me_is_shown_the_senders(self, db: Database, tmp_path: Path) -> None:
        message = self.refuse(db, [export(tmp_path / "小明.json")], "no message of 'Bob'", me="Bob")
        assert message.endswith("give --me one of: 小明 (2, “今晚打球吗”), 我 (2, “好”, “几点”)")

    @pytest.mark.usefixtures("good")
    def test_an_unknown_format(self, db: Database, tmp_path: Path) -> None:
        path = export(tmp_path / "小明.json")
        self.refuse(db, [path], "format 'icq': no such format; use one of chatlab", format="icq")

    def test_a_wrong_format(self, db: Database, tmp_path: Path) -> None:
        path = export(tmp_path / "小明.json")
        self.refuse(db, [path], r"no message in the file \(line 1: list", format="pywxdump")

    @pytest.mark.parametrize(
        ("data", "cause"),
        [
            (b"[[\xff\xff\xff\x81\x8d\x8f\x00\x01", "neither UTF-8"),
            ('[["2024-10-04 11:43:05", "我", "今'.encode()[:-1], "middle of a character"),
        ],
    )
    def test_bytes_that_are_no_text(
        self, db: Database, tmp_path: Path, data: bytes, cause: str
    ) -> None:
        path = tmp_path / "chat.json"
        path.write_bytes(data)
        self.refuse(db, [path], cause)

    @pytest.mark.slow
    def test_a_full_disk(
        self, db: Database, tmp_path: Path, good: list[tuple[object, ...]]
    ) -> None:
        rows = [("2024-10-04 11:43:05", "我", f"{number} " * 500) for number in range(2000)]
        path = export(tmp_path / "long.json", rows)
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + 10}")
        with pytest.raises(TwinError, match=r"full.*nothing was imported") as caught:
            import_paths(db, [path], me="我")
        assert caught.value.exit_code == 1
        assert dump(db) == good
        assert [chat["name"] for chat in list_chats(db)] == ["old"]
        db.execute("PRAGMA max_page_count = 1000000")
        assert import_paths(db, [path], me="我").new == 2000


SECONDS = st.integers(0, 6)
CHATS = st.lists(
    st.tuples(SECONDS, st.sampled_from(["我", "小明"]), st.sampled_from(["好", "嗯", "ok"])),
    max_size=25,
).map(sorted)


def rows_of(chat: Sequence[tuple[int, str, str]]) -> list[Row]:
    # A word of the owner's, so that every part is a file that can be imported.
    said = [(f"2024-10-04 11:43:0{second}", sender, text) for second, sender, text in chat]
    return [("2024-10-04 11:42:00", "我", "start"), *said]


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(chat=CHATS, cut=SECONDS, overlap=st.integers(0, 3), later_first=st.booleans())
def test_parts_that_overlap_are_the_whole_and_twice_is_once(
    tmp_path: Path,
    chat: list[tuple[int, str, str]],
    cut: int,
    overlap: int,
    later_first: bool,
) -> None:
    """Exports end and begin at a second, as those of a program that is asked for a period do."""
    early = rows_of([row for row in chat if row[0] <= cut + overlap])
    late = rows_of([row for row in chat if row[0] > cut])
    parts = [
        export(tmp_path / "early" / "c.json", early),
        export(tmp_path / "late" / "c.json", late),
    ]
    whole = export(tmp_path / "whole" / "c.json", rows_of(chat))
    in_parts, at_once = in_memory(), in_memory()
    try:
        import_paths(in_parts, parts[::-1] if later_first else parts, me="我")
        assert import_paths(at_once, [whole], me="我").new == len(chat) + 1
        assert dump(in_parts) == dump(at_once)
        for db in (in_parts, at_once):
            assert import_paths(db, [*parts, whole], me="我").new == 0
    finally:
        in_parts.conn.close()
        at_once.conn.close()

"""Who the owner is, and how exports of one chat meet."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import list_chats, upsert_chat
from storage.errors import InputError
from storage.importers.import_files import import_paths
from storage.importers.owner import OwnerUnknown
from storage.importers.report import ImportReport
from storage.messages import NewMessage, dedupe_key, log_message
from tests.storage.importers.samples import T0, as_json, sample_named, samples
from tests.storage.importers.samples import put as put_sample

WHATSAPP = sample_named("WhatsApp Chat with Anna.txt").text

WECHAT = ("weflow.json", "chatlog.json", "chatlab.json", "memotrace.csv")


def put(folder: Path, name: str, as_name: str | None = None) -> Path:
    return put_sample(folder, replace(sample_named(name), name=as_name or name))


def texts(db: Database) -> list[tuple[str, str]]:
    rows = db.execute("SELECT origin, text FROM messages WHERE kind = 'text' ORDER BY sent_at")
    return [(origin, text) for origin, text in rows.fetchall()]


class TestMerging:
    @pytest.mark.parametrize("first", WECHAT)
    @pytest.mark.parametrize("second", WECHAT)
    def test_exports_of_one_chat_by_different_programs(
        self, db: Database, tmp_path: Path, first: str, second: str
    ) -> None:
        import_paths(db, [put(tmp_path / "1", first)])
        report = import_paths(db, [put(tmp_path / "2", second)])
        assert report.duplicates >= 2
        assert [t for t in texts(db) if t[1] != "hi"] == [("peer", "在吗"), ("owner", "在")]
        assert len([chat for chat in list_chats(db) if chat["name"] == "小明"]) == 1

    def test_a_chat_that_was_known_by_name_takes_the_id(self, db: Database, tmp_path: Path) -> None:
        import_paths(db, [put(tmp_path / "1", "chatlab.json")])
        assert [chat["external_id"] for chat in list_chats(db)] == ["小明"]
        import_paths(db, [put(tmp_path / "2", "weflow.json")])
        assert [chat["external_id"] for chat in list_chats(db)] == ["wxid_f"]

    def test_a_name_that_two_chats_share_decides_nothing(
        self, db: Database, tmp_path: Path
    ) -> None:
        for wxid in ("wxid_1", "wxid_2"):
            upsert_chat(db, "wechat", wxid, "小明")
        import_paths(db, [put(tmp_path, "chatlab.json")])
        assert len(list_chats(db)) == 3

    def test_the_live_log_meets_its_export_and_the_twins_words_stay_the_twins(
        self, db: Database, tmp_path: Path
    ) -> None:
        chat = upsert_chat(db, "wechat", "wxid_f", "小明")
        for origin, text, at in (("peer", "在吗", T0), ("twin", "在", T0 + 4)):
            key = dedupe_key(at * 1000 + 120, origin != "peer", "text", text, 0)
            log_message(
                db,
                NewMessage(chat.id, origin, text, at * 1000 + 120, dedupe_key=key),  # type: ignore[arg-type]
            )
        report = import_paths(db, [put(tmp_path, "weflow.json")])
        assert (report.new, report.duplicates) == (1, 2)
        assert texts(db) == [("peer", "在吗"), ("twin", "在")]


class TestOwner:
    def whatsapp(self, folder: Path, name: str, text: str = WHATSAPP) -> Path:
        folder.mkdir(exist_ok=True)
        path = folder / f"WhatsApp Chat with {name}.txt"
        path.write_text(text.replace("Anna", name), encoding="utf-8")
        return path

    def test_nobody_says_who_the_owner_is(self, db: Database, tmp_path: Path) -> None:
        with pytest.raises(OwnerUnknown, match="give --me one of: Anna") as caught:
            import_paths(db, [self.whatsapp(tmp_path, "Anna")])
        assert [(s.id, s.messages, s.samples) for s in caught.value.senders] == [
            ("Anna", 2, ["hi there"]),
            ("Ben", 1, ["hello"]),
        ]
        assert list_chats(db) == []

    def test_three_lines_of_each_and_whoever_is_in_most_files_first(
        self, db: Database, tmp_path: Path
    ) -> None:
        for name in ("Anna", "Carl"):
            said = [(name, f"so {n // 2}") for n in range(9)] + [("Ben", "hello")]
            text = "".join(f"13/12/19, 02:1{n} - {who}: {it}\n" for n, (who, it) in enumerate(said))
            self.whatsapp(tmp_path / "in", name, text)
        with pytest.raises(OwnerUnknown, match=r"and in 1 more; give --me one of: Ben \(2,") as it:
            import_paths(db, [tmp_path / "in"])
        assert [(s.id, s.messages, s.samples) for s in it.value.senders[:2]] == [
            ("Ben", 2, ["hello"]),
            ("Anna", 9, ["so 0", "so 1", "so 2"]),
        ]

    def test_by_id_or_by_name(self, db: Database, tmp_path: Path) -> None:
        path = put(tmp_path, "result.json")
        for me in ("Ben", "user6"):
            assert import_paths(db, [path], me=me, dry_run=True).owner == 2

    def test_two_people_of_one_name(self, db: Database, tmp_path: Path) -> None:
        path = put(tmp_path, "result.json")
        path.write_text(path.read_text(encoding="utf-8").replace('"Ann"', '"Ben"'))
        with pytest.raises(InputError, match=r"2 people are called 'Ben'.*user5, user6"):
            import_paths(db, [path], me="Ben")
        assert import_paths(db, [path], me="user6").owner == 2

    def test_a_chat_in_which_the_owner_is_silent_is_noted(
        self, db: Database, tmp_path: Path
    ) -> None:
        self.whatsapp(tmp_path / "in", "Anna")
        self.whatsapp(tmp_path / "in", "Shop", "13/12/19, 02:09 - Shop: buy\n")
        report = import_paths(db, [tmp_path / "in"], me="Ben")
        assert report.new == 5
        assert any("Shop" in note and "no message of 'Ben'" in note for note in report.notes)

    def warned(self, report: ImportReport) -> bool:
        return any("sides reversed" in note for note in report.notes)

    def test_reversed_sides_are_noticed(self, db: Database, tmp_path: Path) -> None:
        for name in ("Anna", "Carl", "Dora"):
            self.whatsapp(tmp_path / "in", name)
        assert self.warned(import_paths(db, [tmp_path / "in"], me="Anna", dry_run=True))
        assert not self.warned(import_paths(db, [tmp_path / "in"], me="Ben", dry_run=True))

    def test_a_reversed_mark_in_the_file_is_noticed(self, db: Database, tmp_path: Path) -> None:
        for wxid in ("wxid_f", "wxid_g"):
            path = put(tmp_path / "in", "weflow.json", f"{wxid}.json")
            text = path.read_text(encoding="utf-8").replace("wxid_f", wxid)
            text = text.replace('"isSend": 1', '"isSend": 2').replace('"isSend": 0', '"isSend": 1')
            path.write_text(text.replace('"isSend": 2', '"isSend": 0'), encoding="utf-8")
        assert self.warned(import_paths(db, [tmp_path / "in"]))


class TestReport:
    def test_times_without_a_zone_and_open_dates_are_noted(
        self, db: Database, tmp_path: Path
    ) -> None:
        path = tmp_path / "chat.txt"
        path.write_text("1/2/20, 02:09 - Ben: hi\n2/3/20, 02:10 - Anna: ho\n")
        notes = " ".join(import_paths(db, [path], me="Ben", dry_run=True).notes)
        assert "this computer" in notes
        assert "dmy was assumed" in notes
        spans = {
            order: import_paths(db, [path], me="Ben", dates=order, dry_run=True).files[0].first_at
            for order in ("dmy", "mdy")
        }
        assert spans["dmy"] > spans["mdy"]
        with pytest.raises(InputError, match="no such order; use one of dmy, mdy, ymd"):
            import_paths(db, [path], dates="ydm")

    def test_kinds_and_problems(self, db: Database, tmp_path: Path) -> None:
        path = put(tmp_path, "result.json")
        text = path.read_text(encoding="utf-8").replace('"from_id": "user6"', '"from_id": null', 1)
        path.write_text(text, encoding="utf-8")
        report = import_paths(db, [path], me="Ben", dry_run=True)
        assert report.files[0].kinds == {"system": 1, "text": 1, "forward": 1, "sticker": 1}
        (problem,) = report.problems
        assert "from_id is missing" in problem.cause
        assert '"id": 3' in text.splitlines()[problem.line]

    def test_too_many_bad_rows_store_nothing_of_the_whole_import(
        self, db: Database, tmp_path: Path
    ) -> None:
        good = put(tmp_path, "weflow.json")
        bad = tmp_path / "bad.json"
        bad.write_text(as_json([["2024-10-04 11:43:05", "我", "x"], *[[i] for i in range(4)]]))
        assert len(import_paths(db, [good, bad], max_bad_rows=4, dry_run=True).problems) == 4
        with pytest.raises(InputError, match="max_bad_rows = 3"):
            import_paths(db, [good, bad], max_bad_rows=3)
        assert list_chats(db) == []


@pytest.fixture
def exports(tmp_path: Path) -> list[tuple[Path, str | None]]:
    """Every sample in a folder of its own, with the owner where the file does not name them."""
    return [
        (put_sample(tmp_path / str(number), sample), sample.me)
        for number, (_, sample) in enumerate(samples().values())
    ]


@pytest.mark.slow
def test_importing_twice_is_importing_once_and_nothing_is_the_twins(
    db: Database, exports: list[tuple[Path, str | None]]
) -> None:
    for path, me in exports:
        import_paths(db, [path], me=me)
    before = db.execute("SELECT COUNT(*) FROM messages").fetchone()[0]
    for path, me in exports:
        assert import_paths(db, [path], me=me).new == 0
    assert db.execute("SELECT COUNT(*) FROM messages").fetchone()[0] == before
    assert db.execute("SELECT COUNT(*) FROM messages WHERE origin = 'twin'").fetchone()[0] == 0


def test_all_at_once_from_one_folder(db: Database, tmp_path: Path) -> None:
    for name, (importer, sample) in samples().items():
        if sample.me is None:
            put(tmp_path / "in" / importer.NAME / name.partition(".")[2], name)
    assert import_paths(db, [tmp_path / "in"]).problems == []

"""What lies under the formats: encodings, dates, .zip files, JSON without an end."""

import codecs
import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.errors import InputError
from storage.importers import same_chats, write
from storage.importers.dates import DateOrder, Day, clock, local_time_ms, ordered, zoned_ms
from storage.importers.file import ExportFile
from storage.importers.import_files import import_paths
from storage.importers.raw_files import archive
from storage.importers.raw_files.json_stream import Begin, walk
from storage.importers.raw_files.source import Source
from storage.importers.raw_files.text_encoding import detect_encoding
from storage.importers.raw_files.zip_members import members
from storage.importers.record_fields import BadRow
from tests.storage.importers.samples import sample_named

QQ_MANIFEST = sample_named("manifest.json").text
(QQ_CHUNK,) = sample_named("manifest.json").beside.values()
RECIPE = sample_named("recipe.json").text
WHATSAPP = sample_named("WhatsApp Chat with Anna.txt").text


class TestEncodings:
    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
    )
    def test_detected(self, tmp_path: Path, encoding: str) -> None:
        path = tmp_path / "chat.json"
        path.write_text(RECIPE, encoding=encoding)
        assert [row[2] for _, row in ExportFile(path).items("*")] == ["在吗", "在"]

    def test_other_encodings(self, tmp_path: Path) -> None:
        text = "13/12/19, 02:09 - Петя: привет, как дела? Сегодня приду поздно\n" * 20
        path = tmp_path / "chat.txt"
        path.write_text(text, encoding="cp1251")
        assert next(line for _, line in ExportFile(path).lines()).count("привет") == 1

    def test_a_cut_off_file(self, tmp_path: Path) -> None:
        path = tmp_path / "chat.json"
        path.write_bytes("今".encode() * 100 + b"\xe4\xbb")
        with pytest.raises(InputError, match="middle of a character"):
            detect_encoding(Source(path))

    def test_a_few_broken_bytes_are_damage_and_reported(self, tmp_path: Path) -> None:
        path = tmp_path / "chat.txt"
        path.write_bytes("今天怎么样".encode() * 100 + b"\xff\n")
        file = ExportFile(path)
        file.begin()
        (line,) = [line for _, line in file.lines()]
        assert line.startswith("今天怎么样")
        assert line.endswith("\ufffd")
        assert "1 signs are broken" in file.notes[0]

    def test_a_mark_inside_utf_16(self, tmp_path: Path) -> None:
        path = tmp_path / "chat.txt"
        path.write_bytes(codecs.BOM_UTF16_BE + "13/12/19, 02:09 - A: hi\n".encode("utf-16-be"))
        assert [line for _, line in ExportFile(path).lines()] == ["13/12/19, 02:09 - A: hi"]


class TestDates:
    @pytest.mark.parametrize(
        ("dates", "order"),
        [
            ([(1, 2, 20), (13, 2, 20)], "dmy"),
            ([(1, 2, 20), (2, 13, 20)], "mdy"),
            ([(2020, 1, 2)], "dmy"),  # nothing to decide: the year stands first
            ([(30, 1, 20), (1, 2, 20)], "dmy"),
            ([(1, 9, 20), (1, 10, 20), (2, 1, 20)], "mdy"),  # else time would run backwards
            ([(9, 1, 20), (10, 1, 20), (1, 2, 20)], "dmy"),
            # one line that only looks like a date does not outvote the others
            ([(1, 13, 20), (2, 13, 20), (31, 1, 20), (3, 13, 20)], "mdy"),
        ],
    )
    def test_the_file_decides(self, dates: list[Day], order: str) -> None:
        seen = DateOrder()
        for date in dates:
            seen.see(date)
        assert seen.decide() == (order, None)

    def test_what_stays_open_is_reported_and_can_be_settled(self) -> None:
        seen, given = DateOrder(), DateOrder("mdy")
        for dates in (seen, given):
            dates.see((1, 2, 20))
            dates.see((1, 3, 20))
        order, note = seen.decide()
        assert order == "dmy"
        assert note
        assert "--dates" in note
        assert given.decide() == ("mdy", None)

    def test_what_is_no_date(self) -> None:
        assert ordered((30, 2, 20), "dmy") is None
        assert ordered((30, 2, 2020), "mdy") is None
        assert ordered((2020, 2, 29), "dmy") == (2020, 2, 29)

    @pytest.mark.parametrize("text", ["2024-13-01 10:00", "1024-01-01 10:00", "soon", "9" * 400])
    def test_no_time(self, text: str) -> None:
        with pytest.raises(BadRow):
            local_time_ms(text)
        with pytest.raises(BadRow):
            zoned_ms(text)

    @pytest.mark.parametrize("text", ["25:00x", "", "7 PM", "2:09 xm"])
    def test_no_clock(self, text: str) -> None:
        with pytest.raises(BadRow):
            clock(text)

    def test_zones(self) -> None:
        assert zoned_ms("2024-10-04T11:43:05+08:00") == zoned_ms("2024-10-04T03:43:05.000Z")
        assert zoned_ms("2020-07-06T17:20:03.609Z") % 1000 == 609


class TestZip:
    def pack(self, path: Path, files: dict[str, str | bytes]) -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return path

    def test_members_are_read_without_being_unpacked(self, db: Database, tmp_path: Path) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        path = self.pack(
            folder / "WhatsApp Chat - Anna.zip",
            {"_chat.txt": WHATSAPP, "photo.jpg": b"\xff\xd8", "__MACOSX/_chat.txt": "x"},
        )
        report = import_paths(db, [path], me="Ben")
        assert [(file.chat, file.path) for file in report.files] == [("Anna", path / "_chat.txt")]
        assert list(folder.iterdir()) == [path]

    def test_chunks_of_a_zip(self, db: Database, tmp_path: Path) -> None:
        path = self.pack(
            tmp_path / "qq.zip", {"a/manifest.json": QQ_MANIFEST, "a/chunks/c1.jsonl": QQ_CHUNK}
        )
        assert import_paths(db, [tmp_path]).new == 3
        assert import_paths(db, [path]).new == 0

    def test_a_path_that_leads_out_is_left_out(self, db: Database, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        files: dict[str, str | bytes] = {"../../evil.json": RECIPE, "good.json": RECIPE}
        path = self.pack(tmp_path / "a" / "in.zip", files)
        report = import_paths(db, [path], me="我")
        assert [file.chat for file in report.files] == ["good"]
        assert not list(tmp_path.rglob("evil.json"))

    def test_names_from_chinese_windows(self, db: Database, tmp_path: Path) -> None:
        path = self.pack(tmp_path / "in.zip", {"xxxx.json": RECIPE})
        path.write_bytes(path.read_bytes().replace(b"xxxx", "小明".encode("gbk")))
        assert [file.chat for file in import_paths(db, [path], me="我").files] == ["小明"]

    @pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
    def test_names_with_umlauts(self, db: Database, tmp_path: Path, encoding: str) -> None:
        name = "Jürgen Müller"
        path = self.pack(tmp_path / "in.zip", {f"{name}.json": RECIPE})
        if encoding == "cp437":  # as Windows writes it, without a word about it
            path = self.pack(path, {"x" * len(name) + ".json": RECIPE})
            raw = path.read_bytes().replace(b"x" * len(name), name.encode(encoding))
            path.write_bytes(raw)
        assert [file.chat for file in import_paths(db, [path], me="我").files] == [name]

    def test_a_bomb(self, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive, "SMALL_BYTES", 1000)
        path = self.pack(tmp_path / "in.zip", {"a.json": "[" + " " * 10**6 + "]"})
        with pytest.raises(InputError, match="unpacks to 500 times"):
            import_paths(db, [path])

    def test_absurd_sizes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = self.pack(tmp_path / "in.zip", {"a.json": RECIPE, "b.json": RECIPE})
        monkeypatch.setattr(archive, "MAX_MEMBERS", 1)
        with pytest.raises(InputError, match="unpack it yourself"):
            members(path, [])

    def test_damage(self, db: Database, tmp_path: Path) -> None:
        path = self.pack(tmp_path / "in.zip", {"a.json": RECIPE * 50})
        whole = path.read_bytes()
        for broken in (whole[: len(whole) // 2], whole[:60] + b"\0" * 20 + whole[80:]):
            path.write_bytes(broken)
            with pytest.raises(InputError, match=r"damaged \.zip") as caught:
                import_paths(db, [path], me="我")
            assert "\n" not in str(caught.value)

    def test_in_a_folder_a_damaged_one_is_reported_and_the_rest_imported(
        self, db: Database, tmp_path: Path
    ) -> None:
        (tmp_path / "in" / ".old").mkdir(parents=True)
        (tmp_path / "in" / "good.json").write_text(RECIPE, encoding="utf-8")
        whole = self.pack(tmp_path / "x.zip", {"a.json": RECIPE, "b.json": RECIPE * 50})
        data = whole.read_bytes()
        at = data.index(b"b.json") + 20
        broken = {
            "cut.zip": data[: len(data) // 2],
            # a.json of it is whole, and yet a broken file imports nothing
            "torn.zip": data[:at] + b"\0" * 20 + data[at + 20 :],
            "page.zip": b"<html>not found</html>",
            ".old/hidden.zip": b"",
        }
        for name, content in broken.items():
            (tmp_path / "in" / name).write_bytes(content)
        report = import_paths(db, [tmp_path / "in"], me="我")
        assert [file.chat for file in report.files] == ["good"]
        assert {str(p).partition(": ")[0] for p in report.problems} == {
            str(tmp_path / "in" / name) for name in ("cut.zip", "torn.zip/b.json", "page.zip")
        }
        assert all("a damaged .zip" in problem.cause for problem in report.problems)
        with pytest.raises(InputError, match=r"damaged \.zip"):
            import_paths(db, [tmp_path / "in", tmp_path / "in" / "torn.zip"], me="我")

    def test_damage_in_what_is_read_with_another_file(self, db: Database, tmp_path: Path) -> None:
        path = self.pack(
            tmp_path / "qq.zip", {"manifest.json": QQ_MANIFEST, "chunks/c1.jsonl": QQ_CHUNK}
        )
        (tmp_path / "good.json").write_text(RECIPE, encoding="utf-8")
        data = path.read_bytes()
        at = data.index(b"c1.jsonl") + 20
        path.write_bytes(data[:at] + b"\0" * 20 + data[at + 20 :])
        report = import_paths(db, [tmp_path], me="我")
        assert [file.chat for file in report.files] == ["good"]
        assert [problem.path.name for problem in report.problems] == ["c1.jsonl"]

    def test_a_folder_with_nothing_but_a_damaged_one(self, db: Database, tmp_path: Path) -> None:
        (tmp_path / "in.zip").write_bytes(b"PK\x03\x04")
        with pytest.raises(InputError, match=r"no chat export among the files.*damaged \.zip"):
            import_paths(db, [tmp_path])

    @pytest.mark.parametrize("name", ["//a.json", "/etc/a.json"])
    def test_names_from_the_root(self, db: Database, tmp_path: Path, name: str) -> None:
        path = self.pack(tmp_path / "in.zip", {name.replace("/", "b"): RECIPE})
        path.write_bytes(path.read_bytes().replace(name.replace("/", "b").encode(), name.encode()))
        assert [file.chat for file in import_paths(db, [path], me="我").files] == ["a"]

    def test_damage_in_the_lists_of_members(self, db: Database, tmp_path: Path) -> None:
        data = self.pack(tmp_path / "in.zip", {"小明.json": RECIPE}).read_bytes()
        name = "小明".encode()
        end = data.rindex(b"PK\x05\x06") + 16
        further = int.from_bytes(data[end : end + 4], "little") + 5
        for broken in (
            data.replace(name, b"\xff" * len(name), 1),  # no UTF-8, though it says so
            data[:end] + further.to_bytes(4, "little") + data[end + 4 :],  # before the beginning
        ):
            (tmp_path / "in.zip").write_bytes(broken)
            with pytest.raises(InputError, match=r"damaged \.zip"):
                import_paths(db, [tmp_path / "in.zip"], me="我")

    def test_a_nameless_member(self, db: Database, tmp_path: Path) -> None:
        path = self.pack(tmp_path / "in.zip", {"a.json": RECIPE, "bbb": "x"})
        path.write_bytes(path.read_bytes().replace(b"bbb", b"\0bb"))
        assert import_paths(db, [path], me="我").new == 2

    def test_a_zip_without_a_chat(self, db: Database, tmp_path: Path) -> None:
        path = self.pack(tmp_path / "in.zip", {"a.png": b"x"})
        with pytest.raises(InputError, match=r"no file that could be a chat export"):
            import_paths(db, [path])


class TestJson:
    def walk(self, text: str, *wanted: str) -> list[tuple[str, int, object]]:
        pieces = walk(io.StringIO(text), Path("x"), wanted)
        return [(a, b, "begin" if isinstance(c, Begin) else c) for a, b, c in pieces]

    def test_only_what_is_wanted_is_built(self) -> None:
        text = '{"a": [{"x": {"y": 1}},\n {"x": 2}], "b": [[3], {"x": 4}], "c": "d"}'
        assert self.walk(text, "a.*", "c") == [
            ("", 1, "begin"),
            ("a.*", 1, {"x": {"y": 1}}),
            ("a.*", 2, {"x": 2}),
            ("c", 2, "d"),
        ]

    def test_lists_in_lists(self) -> None:
        found = self.walk('[[1, [2]],\n[], "x", null]', "*")
        assert found == [("*", 1, [1, [2]]), ("*", 2, []), ("*", 2, "x"), ("*", 2, None)]

    def test_objects_on_the_way_announce_themselves(self) -> None:
        text = '{"l": [{"m": [1]}, {"n": 5, "m": [2]}]}'
        assert [(a, c) for a, _, c in self.walk(text, "l.*.m.*")] == [
            ("", "begin"),
            ("l.*", "begin"),
            ("l.*.m.*", 1),
            ("l.*", "begin"),
            ("l.*.m.*", 2),
        ]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "_REMEMBERED", 200)
    monkeypatch.setattr(same_chats, "_MOST", 200)
    monkeypatch.setattr(write, "PIECE", 1000)
    monkeypatch.setattr(write, "PAUSE_S", 0)

    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.json"
        with path.open("w", encoding="utf-8") as file:
            pairs = (
                [f"2024-10-04 11:{row // 60 % 60:02}:{row % 60:02}", "我", f"在吗 {row} " * 20]
                for row in range(rows)
            )
            file.write("[" + ",\n".join(json.dumps(row) for row in pairs) + "]")
        tracemalloc.start()
        assert import_paths(db, [path], me="我").new == rows
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    # A piece or two may wait for the garbage collector; what grew with the file would be 3.5 times.
    assert peak(7_000) < peak(2_000) * 1.8

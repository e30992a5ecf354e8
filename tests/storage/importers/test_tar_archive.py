"""A .tar, as Skype exports itself."""

import io
import tarfile
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.import_files import import_paths
from storage.importers.raw_files import tar_archive
from tests.storage.importers.samples import sample_named

SKYPE = sample_named("skype.json").text
RECIPE = sample_named("recipe.json").text


def pack(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, text in files.items():
            data = text.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return path


@pytest.mark.parametrize("folder", [True, False])
def test_a_skype_export_is_read_as_it_was_downloaded(
    db: Database, tmp_path: Path, folder: bool
) -> None:
    media = {f"media/{number}.json": '{"filename": "a.jpg"}' for number in range(3)}
    path = pack(tmp_path / "8_ben_export.tar", {"messages.json": SKYPE, **media})
    report = import_paths(db, [tmp_path if folder else path])
    assert [(file.chat, file.path) for file in report.files] == [
        ("Mira Groß", path / "messages.json")
    ]
    assert (report.new, report.problems) == (12, [])


def test_names_stay_as_they_are_and_inside(db: Database, tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar", {"/Jürgen Müller.json": RECIPE, "小明.json": RECIPE})
    report = import_paths(db, [path], me="我")
    assert sorted(file.chat for file in report.files) == ["Jürgen Müller", "小明"]
    assert all(file.path.parent == path for file in report.files)


def test_a_damaged_one_changes_nothing(db: Database, tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar", {"messages.json": SKYPE * 9, "b.json": SKYPE})
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"a\.tar.*damaged \.tar") as caught:
        import_paths(db, [path])
    assert "\n" not in str(caught.value)
    (tmp_path / "Anna.json").write_text(RECIPE)
    report = import_paths(db, [tmp_path], me="我")
    assert [file.chat for file in report.files] == ["Anna"]
    assert [problem.path for problem in report.problems] == [path]


def test_too_many_files(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_archive, "MAX_MEMBERS", 1)
    path = pack(tmp_path / "a.tar", {"a.json": RECIPE, "b.json": RECIPE})
    with pytest.raises(InputError, match="unpack it yourself"):
        import_paths(db, [path])


def test_one_without_an_export_says_so(db: Database, tmp_path: Path) -> None:
    path = pack(tmp_path / "a.tar", {"a.png": "x"})
    with pytest.raises(InputError, match=r"a\.tar: no file that could be a chat export"):
        import_paths(db, [path])

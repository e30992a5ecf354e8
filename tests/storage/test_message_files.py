"""Where the file of a message may lie."""

from pathlib import Path

import pytest

from storage.message_files import saved_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a connector's files."""
    made = tmp_path / "media" / "fake"
    made.mkdir(parents=True)
    return made


def test_a_file_that_is_there(tmp_path: Path, folder: Path) -> None:
    (folder / "a").touch()
    assert saved_file(tmp_path, "media/fake/a") == (folder / "a").resolve()
    for none in (None, "media/fake/b", "media/fake", "media/fake/a\0", "media/" + "x/" * 5000):
        assert saved_file(tmp_path, none) is None


@pytest.mark.parametrize("media", ["../twin.db", "media/../twin.db", "twin.db", "/etc/passwd"])
def test_a_path_elsewhere_is_no_file_of_a_message(tmp_path: Path, folder: Path, media: str) -> None:
    (tmp_path / "twin.db").touch()
    assert saved_file(tmp_path, media) is None


def test_a_link_to_elsewhere_is_none_either(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "twin.db").touch()
    (folder / "a").symlink_to(tmp_path / "twin.db")
    (folder / "b").symlink_to(folder / "b")
    assert saved_file(tmp_path, "media/fake/a") is None
    assert saved_file(tmp_path, "media/fake/b") is None

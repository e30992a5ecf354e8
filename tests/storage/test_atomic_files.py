"""A write that fails leaves what was there, and nothing beside it."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.atomic_files import replaced_folder, write_bytes, write_json, write_text
from storage.errors import TwinError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(("holder", "step"), [(os, "fsync"), (Path, "replace")])
@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_bytes(path, b"new"),
        lambda path: write_text(path, "new", mode=0o600),
        lambda path: write_json(path, "new"),
    ],
)
def test_a_failed_write_leaves_the_old_file_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Path], None],
    holder: object,
    step: str,
) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(holder, step, full_disk)
        with pytest.raises((OSError, TwinError), match="No space left"):
            write(path)
    assert names(tmp_path) == ["file"]
    assert path.read_text() == "old"
    write(path)
    assert names(tmp_path) == ["file"]
    assert "new" in path.read_text()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")
def test_a_new_file_has_its_mode_whatever_the_old_one_had(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "secret"
    for mode in (0o600, 0o644, 0o600):
        write_text(path, "x", mode=mode)
        assert path.stat().st_mode & 0o777 == mode


def test_line_feeds_and_every_language_are_kept(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "明天\r\n\n")
    assert (tmp_path / "a").read_bytes() == "明天\r\n\n".encode()
    write_json(tmp_path / "b", {"said": "明天"}, ascii_only=True)
    assert (tmp_path / "b").read_bytes().isascii()
    assert json.loads((tmp_path / "b").read_text()) == {"said": "明天"}


def fill(folder: Path, *files: str) -> None:
    with replaced_folder(folder) as scratch:
        for name in files:
            (scratch / name).touch(exist_ok=False)


def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    fill(folder, "one")
    with pytest.raises(FileExistsError):
        fill(folder, "two", "two")
    assert (names(tmp_path), names(folder)) == (["report"], ["one"])
    fill(folder, "two")
    assert (names(tmp_path), names(folder)) == (["report"], ["two"])

"""The share of what is read: by bytes, whatever lies where and however often it is read."""

import zipfile
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.importers import report
from storage.importers.import_files import import_paths
from tests.storage.importers.exports import export, export_csv
from tests.storage.importers.samples import sample_named

QQ_MANIFEST = sample_named("manifest.json").text
(QQ_CHUNK,) = sample_named("manifest.json").beside.values()

Steps = list[tuple[int, int]]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_EVERY", 1)


def read(db: Database, path: Path) -> Steps:
    steps: Steps = []

    def on_progress(phase: str, done: int, total: int) -> None:
        if phase == "reading":
            steps.append((done, total))

    import_paths(db, [path], me="我", on_progress=on_progress)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    return steps


def long_chat(path: Path) -> Path:
    rows = [("2024-10-04 11:43:05", "我", f"{number} " * 100) for number in range(1000)]
    return export(path, rows)


def test_a_file_that_is_read_twice_counts_half_each_time(db: Database, tmp_path: Path) -> None:
    path = long_chat(tmp_path / "小明.json")
    steps = read(db, path)
    size = path.stat().st_size
    assert {total for _, total in steps} == {size}
    assert steps[0][0] < size / 10
    assert abs(steps[len(steps) // 2][0] - size / 2) < size / 10
    assert steps[-1][0] == size


def test_a_file_that_marks_the_owner_is_read_once(db: Database, tmp_path: Path) -> None:
    rows = [(str(n), str(n % 2), f"{n} " * 100, "2024-10-04 11:43:05") for n in range(1000)]
    path = export_csv(tmp_path / "f.csv", rows)
    steps = read(db, path)
    size = path.stat().st_size
    assert abs(steps[len(steps) // 2][0] - size / 2) < size / 10


def test_several_files_in_a_zip_and_chunks_beside_a_manifest(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    chat = long_chat(tmp_path / "小明.json")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(chat, "小明.json")
        archive.writestr("qq/manifest.json", QQ_MANIFEST)
        archive.writestr("qq/chunks/c1.jsonl", QQ_CHUNK)
    steps = read(db, path)
    size = chat.stat().st_size + len(QQ_MANIFEST.encode()) + len(QQ_CHUNK.encode())
    assert {total for _, total in steps} == {size}
    assert steps[-1][0] == size

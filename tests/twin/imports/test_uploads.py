"""What is handed in is kept small, private, under a harmless name, and not for long."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.dashboard.pages.runs import find_report
from twin.imports import uploads
from twin.imports.uploads import Uploads, UploadTooLarge, safe_name


async def parts(*content: bytes) -> AsyncIterator[bytes]:
    for part in content:
        yield part


@given(st.text() | st.text("./\\\0:ab."))
def test_a_name_stays_within_the_folder(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert safe not in ("", ".", "..")
    assert safe.isprintable()
    assert len(safe.encode()) <= 150


def test_what_is_readable_in_a_name_stays() -> None:
    assert safe_name("C:\\x\\WhatsApp Chat with 妈妈 ❤.txt") == "WhatsApp Chat with 妈妈 ❤.txt"
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("妈" * 300 + ".json").endswith("妈.json")


async def test_files_are_private_and_gone_at_the_end(tmp_path: Path) -> None:
    kept = Uploads(tmp_path)
    key, upload = kept.begin()
    await upload.add("a.json", parts(b"[", b"]"))
    await upload.add("x/a.json", parts(b"{}"))
    assert upload.names == ["a.json", "a (2).json"]
    assert (upload.folder / "a.json").read_bytes() == b"[]"
    assert (upload.folder / "a.json").stat().st_mode & 0o777 == 0o600
    assert upload.folder.stat().st_mode & 0o777 == 0o700
    kept.end(key)
    assert kept.find(key) is None
    assert not upload.folder.exists()
    with pytest.raises(UploadTooLarge):
        await upload.add("late.json", parts(b"[]"))
    assert not upload.folder.exists()


async def test_what_is_too_large_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    _, upload = Uploads(tmp_path).begin()
    with pytest.raises(UploadTooLarge, match="big"):
        await upload.add("big.txt", parts(b"12345", b"67890", b"1"))
    assert list(upload.folder.iterdir()) == []
    await upload.add("a.txt", parts(b"1234567890"))
    with pytest.raises(UploadTooLarge):
        await upload.add("b.txt", parts(b"1"))
    assert upload.names == ["a.txt"]


def test_what_an_earlier_start_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "uploads" / "old"
    left.mkdir(parents=True)
    Uploads(tmp_path)
    assert not left.exists()


def test_reports_lead_to_no_other_file(tmp_path: Path) -> None:
    root = tmp_path / "reports"
    (root / "run-1").mkdir(parents=True)
    for name in ("dataset.html", "run-1/index.html", "run-1/x.py"):
        (root / name).write_text("x")
    (tmp_path / "secret.html").write_text("x")
    (root / "link.html").symlink_to(tmp_path / "secret.html")
    assert find_report(root, "dataset.html") == root / "dataset.html"
    assert find_report(root, "run-1/index.html") == root / "run-1" / "index.html"
    hidden = ("../secret.html", "run-1/../../secret.html", "/etc/passwd", "link.html", "run-1")
    for path in (*hidden, "run-1/x.py", "", "none.html", "\0.html", "a" * 5000 + ".html"):
        assert find_report(root, path) is None

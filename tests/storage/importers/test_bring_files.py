"""Imports bring the files of messages along: which, how many, and never from elsewhere."""

import io
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from sqlite_utils import Database

from storage.chat_deletion import files_to_delete, forget_chat
from storage.database import open_database
from storage.errors import TwinError
from storage.importers.attached import Attached
from storage.importers.import_files import FileLimits, ImportReport, import_paths
from storage.importers.report import FilesReport
from storage.media_texts import confirm_media_text, media_text, store_media_text
from storage.unfinished_import import is_unfinished, no_import_meanwhile, note_copying

MB = 2**20
LIMITS = FileLimits(100 * MB, 10 * MB)
PHOTO, VOICE = b"\xff\xd8\xff a photo", b"OggS a voice"
CHAT = """\
12/24/23, 14:18 - Mira: IMG-20231224-WA0001.jpg (file attached)
look
12/24/23, 14:19 - Ben: PTT-20231224-WA0002.opus (file attached)
12/24/23, 14:20 - Ben: ok
"""
FILES = {"IMG-20231224-WA0001.jpg": PHOTO, "PTT-20231224-WA0002.opus": VOICE}


@pytest.fixture
def db(tmp_path: Path) -> Database:
    (tmp_path / "data").mkdir()
    return open_database(tmp_path / "data/twin.db")


def folder(tmp_path: Path, text: str = CHAT, files: Mapping[str, bytes] = FILES) -> Path:
    chat = tmp_path / "exports/WhatsApp Chat with Mira"
    return laid_out(chat, {f"{chat.name}.txt": text.encode(), **files})


def laid_out(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def packed(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def brought(db: Database, path: Path, **more: Any) -> FilesReport:
    given: dict[str, Any] = {"me": "Ben", "files": LIMITS, "dates": "mdy"} | more
    report: ImportReport = import_paths(db, [path], **given)
    assert report.media is not None
    return report.media


def media(db: Database) -> list[tuple[str, str | None]]:
    rows = db.execute("SELECT kind, media FROM messages ORDER BY sent_at, id").fetchall()
    return [(kind, path) for kind, path in rows]


def kept(tmp_path: Path) -> dict[str, bytes]:
    """Every file that was copied, by its path in the data folder."""
    data = tmp_path / "data"
    files = (path for path in (data / "media").rglob("*") if path.is_file())
    return {path.relative_to(data).as_posix(): path.read_bytes() for path in files}


def contents(db: Database, tmp_path: Path) -> list[bytes | None]:
    found = kept(tmp_path)
    return [found[path] if path else None for _, path in media(db)]


@pytest.mark.parametrize("how", ["folder", "zip", "tar"])
def test_the_files_come_with_their_messages(db: Database, tmp_path: Path, how: str) -> None:
    path = folder(tmp_path)
    if how != "folder":
        path = Path(shutil.make_archive(str(tmp_path / "chat"), how, path))
    report = brought(db, path)
    assert contents(db, tmp_path) == [PHOTO, VOICE, None]
    assert report == FilesReport(named=2, came=2, bytes=len(PHOTO + VOICE))
    file = tmp_path / "data" / str(media(db)[0][1])
    assert file.suffix == ".jpg"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_without_being_asked_none_come(db: Database, tmp_path: Path) -> None:
    report = import_paths(db, [folder(tmp_path)], me="Ben", dates="mdy")
    assert report.media is None
    assert media(db) == [("image", None), ("voice", None), ("text", None)]
    # They are brought by a later import of the same, whose messages are known.
    assert brought(db, folder(tmp_path)).came == 2
    assert contents(db, tmp_path) == [PHOTO, VOICE, None]


def test_a_second_import_copies_nothing_again(db: Database, tmp_path: Path) -> None:
    brought(db, folder(tmp_path))
    before = {path: (tmp_path / "data" / path).stat().st_mtime_ns for path in kept(tmp_path)}
    assert brought(db, folder(tmp_path)) == FilesReport(named=2, known=2)
    assert before == {
        path: (tmp_path / "data" / path).stat().st_mtime_ns for path in kept(tmp_path)
    }
    (tmp_path / "data" / str(media(db)[0][1])).unlink()  # somebody tidied up
    assert brought(db, folder(tmp_path)) == FilesReport(named=2, known=1, came=1, bytes=len(PHOTO))


def test_a_file_that_comes_again_is_unread(db: Database, tmp_path: Path) -> None:
    brought(db, folder(tmp_path))
    number, path = db.execute("SELECT id, media FROM messages WHERE kind = 'image'").fetchone()
    (tmp_path / "data" / path).unlink()
    store_media_text(db, number, path, "", reader="", at=5, failure="gone")
    assert brought(db, folder(tmp_path)).came == 1
    assert media_text(db, number) is None


def test_a_look_copies_nothing(db: Database, tmp_path: Path) -> None:
    report = brought(db, folder(tmp_path), dry_run=True)
    assert report == FilesReport(named=2, came=2, bytes=len(PHOTO + VOICE))
    assert kept(tmp_path) == {}
    assert media(db) == []


def test_one_content_is_kept_once(db: Database, tmp_path: Path) -> None:
    report = brought(db, folder(tmp_path, files=dict.fromkeys(FILES, PHOTO)))
    assert (report.came, report.bytes) == (2, 2 * len(PHOTO))  # as a picture and as a voice
    text = CHAT.replace("PTT-20231224-WA0002.opus", "IMG-20231224-WA0003.jpg")
    again = {name.replace("PTT-", "IMG-"): PHOTO for name in FILES}
    again["IMG-20231224-WA0003.jpg"] = PHOTO
    other = laid_out(
        tmp_path / "exports/Zoe", {"WhatsApp Chat with Zoe.txt": text.encode(), **again}
    )
    assert (brought(db, other).came, len(kept(tmp_path))) == (2, 2)


def test_a_file_that_many_messages_name_comes_once(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"result.json": telegram(*["a.webp"] * 3), "a.webp": PHOTO}
    export, limits = laid_out(tmp_path / "chat", files), FileLimits(len(PHOTO), MB)
    expected = FilesReport(named=3, came=3, bytes=len(PHOTO))
    assert brought(db, export, files=limits, dry_run=True) == expected
    opened = iter([io.BytesIO(PHOTO)])
    monkeypatch.setattr(Attached, "open", lambda _: next(opened))
    assert brought(db, export, files=limits) == expected
    assert contents(db, tmp_path) == [PHOTO] * 3 + [None]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (FileLimits(len(PHOTO) + 1, MB), FilesReport(named=1, no_room=1)),
        (FileLimits(MB, len(PHOTO) + 1), FilesReport(named=1, too_large=1)),
    ],
)
def test_a_file_that_grows_meanwhile_stays_within_the_limits(
    db: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limits: FileLimits,
    expected: FilesReport,
) -> None:
    files = {"result.json": telegram("a.jpg"), "a.jpg": PHOTO}
    monkeypatch.setattr(Attached, "open", lambda _: io.BytesIO(PHOTO * 9))
    assert brought(db, laid_out(tmp_path / "chat", files), files=limits) == expected
    assert kept(tmp_path) == {}


def test_what_is_missing_empty_or_too_large_is_counted(db: Database, tmp_path: Path) -> None:
    text = CHAT + "12/24/23, 14:21 - Ben: VID-20231224-WA0009.mp4 (file attached)\n"
    files = {"IMG-20231224-WA0001.jpg": b"", "VID-20231224-WA0009.mp4": b"x" * 101}
    report = brought(db, folder(tmp_path, text, files), files=FileLimits(1000, 100))
    assert report == FilesReport(named=3, missing=1, too_large=1, unreadable=1)
    assert kept(tmp_path) == {}


def test_the_newest_come_first(db: Database, tmp_path: Path) -> None:
    report = brought(db, folder(tmp_path), files=FileLimits(len(VOICE), MB))
    assert contents(db, tmp_path) == [None, VOICE, None]
    assert (report.came, report.no_room) == (1, 1)


def test_a_full_disk_ends_the_copying_and_not_the_import(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = type(shutil.disk_usage(tmp_path))(100, 100, 0)
    monkeypatch.setattr("storage.importers.keep_file.shutil.disk_usage", lambda _: full)
    assert brought(db, folder(tmp_path)) == FilesReport(named=2, no_room=2)
    assert len(media(db)) == 3
    assert kept(tmp_path) == {}


def test_a_folder_that_cant_be_written_stops_the_import(db: Database, tmp_path: Path) -> None:
    (tmp_path / "data/media").write_text("in the way")
    with pytest.raises(TwinError, match="can't be written"):
        brought(db, folder(tmp_path))
    assert media(db) == []
    assert not is_unfinished(db)


def telegram(*photos: str) -> bytes:
    messages = [
        {
            "id": number,
            "type": "message",
            "date_unixtime": str(1700000000 + number),
            "from": "Mira",
            "from_id": "user1",
            "photo": photo,
            "text": "",
        }
        for number, photo in enumerate(photos)
    ]
    own = {"id": 99, "type": "message", "date_unixtime": "1700000099", "from": "Ben"}
    messages.append({**own, "from_id": "user2", "text": "ok"})
    chat = {"name": "Mira", "type": "personal_chat", "id": 1, "messages": messages}
    return json.dumps(chat).encode()  # with halves of characters, too


ELSEWHERE = (
    *("../secret.jpg", "photos/../../secret.jpg", "/etc/hostname", "C:\\Windows\\win.ini"),
    *("photos/link.jpg", "linked/secret.jpg", "photos/pipe.jpg", "photos/folder.jpg", "photos"),
    *("..", ".", "a" * 5000, "photos/\0.jpg", "~/secret.jpg", "photos/%2e%2e/%2e%2e/secret.jpg"),
    *("photos%00/a.jpg", "photos/%00.jpg", "\ud800/a.jpg", "photos/\udcff.jpg"),
)


def test_nothing_comes_from_elsewhere(db: Database, tmp_path: Path) -> None:
    laid_out(tmp_path, {"exports/secret.jpg": b"secret", "outside/secret.jpg": b"secret"})
    export = laid_out(tmp_path / "exports/chat", {"result.json": telegram(*ELSEWHERE)})
    (export / "photos/folder.jpg").mkdir(parents=True)
    (export / "photos/link.jpg").symlink_to(tmp_path / "exports/secret.jpg")
    (export / "linked").symlink_to(tmp_path / "outside")
    os.mkfifo(export / "photos/pipe.jpg")
    assert brought(db, export) == FilesReport(named=len(ELSEWHERE), missing=len(ELSEWHERE))
    assert kept(tmp_path) == {}


def test_an_address_is_not_asked(db: Database, tmp_path: Path) -> None:
    export = telegram("https://example.org/a.jpg", "file:///etc/hostname", "data:image/png;base64,")
    assert brought(db, laid_out(tmp_path / "a", {"result.json": export})) == FilesReport()


def test_a_link_of_a_zip_is_no_file(db: Database, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"result.json": telegram("photos/a.jpg", "../../b.jpg")})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("photos/a.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/hostname")
        archive.writestr("../../b.jpg", PHOTO)
    assert brought(db, path) == FilesReport(named=2, missing=2)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_link_of_a_zip_does_not_stand_for_the_file_of_its_name(
    db: Database, tmp_path: Path
) -> None:
    files = {"result.json": telegram("photos/a.jpg"), "photos/a.jpg": PHOTO}
    path = packed(tmp_path / "a.zip", files)
    with zipfile.ZipFile(path, "a") as archive:
        for name in files:
            link = zipfile.ZipInfo(name)
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, "/etc/hostname")
    assert brought(db, path).came == 1
    assert list(kept(tmp_path).values()) == [PHOTO]


def test_a_file_of_a_zip_that_is_damaged_is_left_out(db: Database, tmp_path: Path) -> None:
    files = {"result.json": telegram("a.jpg", "b.jpg"), "a.jpg": PHOTO * 99, "b.jpg": VOICE}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    data = bytearray((tmp_path / "a.zip").read_bytes())
    at = data.index(PHOTO)
    data[at + 5] ^= 1
    (tmp_path / "a.zip").write_bytes(data)
    assert brought(db, tmp_path / "a.zip") == FilesReport(
        named=2, came=1, unreadable=1, bytes=len(VOICE)
    )
    assert list(kept(tmp_path).values()) == [VOICE]


MEANT = {
    "photos/café.jpg": "photos/cafe\u0301.jpg",
    "photos/a%20b.jpg": "photos/a b.jpg",
    "photos/100%.jpg": "photos/100%.jpg",
    "photos\\a.jpg": "photos/a.jpg",
    "./photos/😀 照片.jpg": "photos/😀 照片.jpg",
    "photos/x/../b.jpg": "photos/b.jpg",
    "/home/ben/chat/photos/c.jpg": "photos/c.jpg",
    "messages/inbox/chat/photos/d.jpg": "photos/d.jpg",
    "/home/ben/chat/chat/e.jpg": "chat/e.jpg",
    "사진/é/f.jpg": normalize("NFD", "사진/é/f.jpg"),
}


@pytest.mark.parametrize("zipped", [False, True])
def test_names_are_found_as_they_are_meant(db: Database, tmp_path: Path, zipped: bool) -> None:
    photos = {f"chat/{lies_at}": lies_at.encode() for lies_at in MEANT.values()}
    files = {"chat/result.json": telegram(*MEANT), **photos}
    path = packed(tmp_path / "a.zip", files) if zipped else laid_out(tmp_path / "all", files)
    assert brought(db, path).came == len(MEANT)
    assert contents(db, tmp_path) == [*(path.encode() for path in MEANT.values()), None]


def test_a_path_that_begins_above_what_was_imported(db: Database, tmp_path: Path) -> None:
    named = ("/home/ben/chat/photos/a.jpg", "messages/inbox/chat/photos/a.jpg", "inbox/photos/a")
    files = {"result.json": telegram(*named), "photos/a.jpg": PHOTO}
    assert brought(db, laid_out(tmp_path / "chat", files)).came == 2


def test_a_path_counts_from_a_folder_above_within_what_was_imported(
    db: Database, tmp_path: Path
) -> None:
    files = {"inbox/mira/result.json": telegram("media/a.jpg"), "media/a.jpg": PHOTO}
    laid_out(tmp_path / "all", files)
    assert brought(db, tmp_path / "all/inbox/mira").missing == 1
    assert brought(db, tmp_path / "all").came == 1


def test_no_file_keeps_the_ending_of_a_program(db: Database, tmp_path: Path) -> None:
    names = [f"files/a.{ending}" for ending in ("exe", "html", "svg", "sh", "a" * 40)]
    files = {name: name.encode() for name in names}
    brought(db, laid_out(tmp_path / "chat", {"result.json": telegram(*names), **files}))
    assert len(kept(tmp_path)) == len(names)
    assert not any("." in path for path in kept(tmp_path))


def test_an_import_that_fails_leaves_no_file(db: Database, tmp_path: Path) -> None:
    first = laid_out(tmp_path / "one", {"result.json": telegram("a.jpg"), "a.jpg": VOICE})
    brought(db, first)
    before = (media(db), kept(tmp_path))
    files = {"a.jpg": VOICE, "b.jpg": PHOTO}
    second = laid_out(tmp_path / "two", {"result.json": telegram("a.jpg", "b.jpg"), **files})
    seen: list[int] = []

    def on_progress(phase: str, done: int, total: int) -> None:
        if phase == "copying" and done == total:
            seen.append(len(kept(tmp_path)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        brought(db, second, on_progress=on_progress)
    assert seen == [2]
    assert (media(db), kept(tmp_path)) == before
    assert not is_unfinished(db)
    assert brought(db, second).came == 1


def test_what_a_kill_left_is_deleted_by_the_next(db: Database, tmp_path: Path) -> None:
    brought(db, folder(tmp_path))
    before = kept(tmp_path)
    note_copying(db)  # and here the process was killed
    strays = {f"media/import/{'a' * 32}.jpg": b"x", f"media/import/{'b' * 32}.jpg.part": b"x"}
    others = {"media/import/mine.jpg": b"x", f"media/matrix/{'a' * 24}.jpg": b"x"}
    laid_out(tmp_path / "data", strays | others)
    with no_import_meanwhile(db):
        assert kept(tmp_path) == before | others


def test_forgetting_a_chat_gives_up_the_files_that_no_other_has(
    db: Database, tmp_path: Path
) -> None:
    brought(db, folder(tmp_path))
    shared = laid_out(tmp_path / "zoe", {"result.json": telegram("a.jpg"), "a.jpg": PHOTO})
    brought(db, shared)
    (chat,) = db.execute("SELECT id FROM chats WHERE platform = 'whatsapp'").fetchone()
    forget_chat(db, chat)
    (path,) = files_to_delete(db)
    assert kept(tmp_path)[path] == VOICE
    # Imported again before it is deleted, it is no longer to be.
    brought(db, folder(tmp_path))
    assert files_to_delete(db) == []


def two_chats(db: Database, tmp_path: Path, *, with_files: str) -> None:
    """The same chat from two programs, of which one brought the files."""
    for name in ("Mira", "Mira (work)"):
        path = tmp_path / name / f"WhatsApp Chat with {name}"
        files = FILES if name == with_files else {}
        laid_out(path, {f"{path.name}.txt": CHAT.encode(), **files})
        brought(db, path)


@pytest.mark.parametrize("with_files", ["Mira", "Mira (work)"])
def test_two_chats_that_become_one_keep_files_and_what_was_read(
    db: Database, tmp_path: Path, with_files: str
) -> None:
    two_chats(db, tmp_path, with_files=with_files)
    rows = db.execute("SELECT id, media FROM messages WHERE media IS NOT NULL").fetchall()
    for number, path in rows:
        store_media_text(db, number, path, "hello", reader="r 1", at=5)
    assert confirm_media_text(db, rows[1][0], "hello!", at=6)
    brought(db, tmp_path / with_files, same=["Mira (work)=Mira"])
    assert contents(db, tmp_path) == [PHOTO, VOICE, None]
    found = [
        media_text(db, row[0]) for row in db.execute("SELECT id FROM messages ORDER BY sent_at")
    ]
    assert [text and (text.text, text.confirmed_at) for text in found] == [
        ("hello", None),
        ("hello!", 6),
        None,
    ]


def test_to_the_minute_and_to_the_second_are_one_message(db: Database, tmp_path: Path) -> None:
    exact = (
        "[24.12.23, 14:18:31] Mira: ‎<attached: 00000001-PHOTO.jpg>\n[24.12.23, 14:20:00] Ben: ok\n"
    )
    path = laid_out(tmp_path / "x", {"WhatsApp Chat with Mira.txt": exact.encode()})
    brought(db, path, dates="dmy")
    text = CHAT.replace("\nlook", "")
    assert brought(db, folder(tmp_path, text)).came == 2
    assert contents(db, tmp_path) == [PHOTO, VOICE, None]


WITHOUT = """\
12/24/23, 14:18 - Mira: <Media omitted>
look
12/24/23, 14:19 - Ben: <Media omitted>
12/24/23, 14:20 - Ben: ok
"""


def test_without_files_and_with_them_it_is_one_chat(db: Database, tmp_path: Path) -> None:
    without = laid_out(tmp_path / "a", {"WhatsApp Chat with Mira.txt": WITHOUT.encode()})
    assert brought(db, without) == FilesReport()
    assert [kind for kind, _ in media(db)] == ["other", "other", "text"]
    report = import_paths(db, [folder(tmp_path)], me="Ben", dates="mdy", files=LIMITS)
    assert report.new == 0
    assert contents(db, tmp_path) == [PHOTO, VOICE, None]
    assert [kind for kind, _ in media(db)] == ["image", "voice", "text"]
    # And the other way around, as often as they like.
    for path in (without, folder(tmp_path), without):
        assert import_paths(db, [path], me="Ben", dates="mdy", files=LIMITS).new == 0
    assert [kind for kind, _ in media(db)] == ["image", "voice", "text"]


def test_an_export_with_some_files_left_out_keeps_both(db: Database, tmp_path: Path) -> None:
    text = CHAT + "12/24/23, 14:19 - Ben: <Media omitted>\n"
    for expected in (4, 0):
        report = import_paths(db, [folder(tmp_path, text)], me="Ben", dates="mdy", files=LIMITS)
        assert report.new == expected
    assert sorted(kind for kind, _ in media(db)) == ["image", "other", "text", "voice"]


def test_what_was_taken_back_brings_no_file(db: Database, tmp_path: Path) -> None:
    brought(db, laid_out(tmp_path / "a", {"result.json": telegram("a.jpg")}))
    db.execute("UPDATE messages SET recalled_at = 1 WHERE kind = 'image'")
    files = {"result.json": telegram("a.jpg"), "a.jpg": PHOTO}
    assert brought(db, laid_out(tmp_path / "a", files)) == FilesReport()

"""A twin in one file: whole on another machine, and never half of one."""

import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest

from storage.chats import upsert_chat
from storage.database import open_database
from storage.errors import InputError, TwinError
from storage.messages import NewMessage, log_message
from storage.migrations import MIGRATIONS, migrate
from tests.earlier_schema import database_at
from tests.registry import enter_adapter
from twin.backup import make
from twin.backup.archive import Manifest, Told, Writer, write_member
from twin.backup.contents import PASSWORD, SETTINGS, is_secret
from twin.backup.encryption import CONTENT
from twin.backup.make import make_backup
from twin.backup.restore import check, restore
from twin.config.load import load_config
from twin.config.schema import Config
from twin.connectors.matrix.account import account_file
from twin.dashboard.auth import password

PHRASE = "correct horse battery"


def nobody(_: int) -> None: ...


@pytest.fixture
def twin(tmp_path: Path) -> Config:
    """A twin with a little of everything."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / SETTINGS).write_text('# mine\n[owner]\nname = "Wei"\n', encoding="utf-8")
    config = load_config(folder / SETTINGS)
    db = open_database(config.database)
    chat = upsert_chat(db, "web", "ann", "Ann")
    for at in range(50):
        log_message(db, NewMessage(chat.id, "peer", f"你好 {at}", 1_000 + at))
    enter_adapter(db, "first")
    db.close()
    for name in (
        *(
            "adapters/first/adapter_model.safetensors",
            "media/1/a b.jpg",
            "reports/run-1/index.html",
        ),
        *(
            "models/base/model.safetensors",
            "runs/1/state",
            "train.lock",
            "kept-scores.json",
            PASSWORD,
        ),
        "adapters/first/twin-0-first.gguf",
        account_file(config.data).relative_to(config.data).as_posix(),
    ):
        path = config.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(2_000))
    (config.data / "elsewhere").symlink_to(tmp_path)
    return config


def rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    db = sqlite3.connect(database)
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: db.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    db.close()
    return found


def made(twin: Config, tmp_path: Path, phrase: str | None = None, secrets: bool = False) -> Path:
    file = tmp_path / "kept" / "twin.backup"
    make_backup(twin, file, passphrase=phrase, secrets=secrets, told=nobody)
    return file


# A passphrase takes a second each time, on purpose.
ENCRYPTED = pytest.param(PHRASE, True, marks=pytest.mark.slow)


@pytest.mark.parametrize(("phrase", "secrets"), [(None, False), ENCRYPTED])
def test_what_was_kept_is_whole_on_another_machine(
    twin: Config, tmp_path: Path, phrase: str | None, secrets: bool
) -> None:
    file = made(twin, tmp_path, phrase, secrets)
    assert ("你好 7".encode() in file.read_bytes()) is False
    assert check(file, phrase, nobody).messages == 50
    settings = tmp_path / "there" / SETTINGS
    done = restore(file, settings, phrase, nobody)
    assert (done.messages, done.chats, done.adapters) == (50, 1, 1)
    there = load_config(settings)
    assert there.owner.name == "Wei"
    assert settings.read_text("utf-8").startswith("# mine")
    assert rows(there.database) == rows(twin.database)
    kept = {p.relative_to(there.data).as_posix() for p in there.data.rglob("*") if p.is_file()}
    login = account_file(twin.data).relative_to(twin.data).as_posix()
    always = {
        *("twin.db", "media/1/a b.jpg", "reports/run-1/index.html"),
        "adapters/first/adapter_model.safetensors",
    }
    assert kept == always | ({PASSWORD, login} if secrets else set())
    for name in kept - {"twin.db"}:
        assert (there.data / name).read_bytes() == (twin.data / name).read_bytes()
    assert not list(settings.parent.glob(".*"))
    assert not list(file.parent.glob(".*"))
    assert password.FILE_NAME == PASSWORD


def test_a_data_folder_elsewhere_comes_beside_the_settings(tmp_path: Path) -> None:
    here = tmp_path / "here" / SETTINGS
    here.parent.mkdir()
    here.write_text(f'[paths]\ndata = "{(tmp_path / "far").as_posix()}"  # big disk\n', "utf-8")
    open_database(load_config(here).database).close()
    file = made(load_config(here), tmp_path, None)
    shutil.rmtree(tmp_path / "far")
    there = tmp_path / "there" / SETTINGS
    assert restore(file, there, None, nobody).data == there.parent / "data"
    assert "# big disk" in there.read_text("utf-8")


def test_a_data_folder_that_is_the_settings_own(tmp_path: Path) -> None:
    here = tmp_path / "here" / SETTINGS
    here.parent.mkdir()
    here.write_text('[paths]\ndata = "."\n', "utf-8")
    open_database(load_config(here).database).close()
    file = made(load_config(here), tmp_path, None)
    there = tmp_path / "there" / SETTINGS
    restore(file, there, None, nobody)
    assert {path.name for path in there.parent.iterdir()} == {SETTINGS, "twin.db"}
    with pytest.raises(InputError, match="not empty"):
        restore(file, there, None, nobody)


def test_nothing_is_put_over_a_twin(twin: Config, tmp_path: Path) -> None:
    file = made(twin, tmp_path)
    before = rows(twin.database)
    with pytest.raises(InputError, match="not empty"):
        restore(file, twin.path, None, nobody)
    assert rows(twin.database) == before
    with pytest.raises(InputError, match="exists already"):
        made(twin, tmp_path)
    with pytest.raises(InputError, match="data folder"):
        make_backup(twin, twin.data / "x", passphrase=None, secrets=False, told=nobody)
    with pytest.raises(InputError, match="with a passphrase"):
        make_backup(twin, tmp_path / "x", passphrase=None, secrets=True, told=nobody)


def test_settings_that_were_there_are_kept_beside(twin: Config, tmp_path: Path) -> None:
    file = made(twin, tmp_path)
    settings = tmp_path / "there" / SETTINGS
    settings.parent.mkdir()
    settings.write_text("# the shipped one\n", encoding="utf-8")
    done = restore(file, settings, None, nobody)
    assert done.settings_before is not None
    assert done.settings_before.read_text("utf-8") == "# the shipped one\n"


def test_a_file_that_is_not_whole_changes_nothing(twin: Config, tmp_path: Path) -> None:
    whole = made(twin, tmp_path).read_bytes()
    broken, settings = tmp_path / "broken", tmp_path / "there" / SETTINGS
    for content in (
        *(b"", b"nonsense", whole[:100], whole[: len(whole) // 2], whole[:-2_000]),
        *(_altered(whole, at) for at in range(600, len(whole), len(whole) // 12)),
    ):
        broken.write_bytes(content)
        try:
            restore(broken, settings, None, nobody)
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
            assert not settings.parent.exists() or not list(settings.parent.iterdir())
        else:  # a byte that nobody reads: of the padding, or of a time
            assert rows(settings.parent / "data" / "twin.db") == rows(twin.database)
            shutil.rmtree(settings.parent)


def _altered(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


@pytest.mark.slow
def test_another_passphrase_opens_nothing(twin: Config, tmp_path: Path) -> None:
    file, settings = made(twin, tmp_path, PHRASE), tmp_path / "there" / SETTINGS
    with pytest.raises(InputError, match="passphrase"):
        restore(file, settings, "another one", nobody)
    whole = file.read_bytes()
    file.write_bytes(_altered(whole, whole.index(CONTENT.encode()) + 2_000))
    with pytest.raises(InputError, match="no whole backup"):
        restore(file, settings, PHRASE, nobody)
    file.write_bytes(whole[:5_000])
    with pytest.raises(InputError, match="no whole backup"):
        restore(file, settings, PHRASE, nobody)
    assert not settings.parent.exists()


@pytest.mark.parametrize(
    "name", ["../out", "/etc/out", "a/../../out", "C:out", "a\\..\\out", "a//b"]
)
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    file = tmp_path / "bad"
    with tarfile.open(file, "w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"bad"))
    with pytest.raises(InputError, match="does not belong"):
        restore(file, tmp_path / "there" / SETTINGS, None, nobody)
    assert {path.name for path in tmp_path.iterdir()} <= {"bad", "there"}


def test_a_link_is_no_content(tmp_path: Path) -> None:
    file = tmp_path / "bad"
    with tarfile.open(file, "w:gz") as tar:
        entry = tarfile.TarInfo("twin.db")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(InputError, match="does not belong"):
        restore(file, tmp_path / "there" / SETTINGS, None, nobody)


@pytest.mark.slow
def test_older_schemas_are_brought_up_and_newer_ones_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.migrate", migrate)
    newest = len(MIGRATIONS)
    for schema in (1, newest // 2, newest, newest + 1):
        database, file = tmp_path / f"{schema}.db", tmp_path / f"{schema}.backup"
        db = database_at(database, min(schema, newest))
        db.execute(f"PRAGMA user_version = {schema}")
        db.close()
        with file.open("xb") as opened:
            writer = Writer(opened, Manifest(1, schema, False), nobody)
            writer.add("twin.db", database)
            writer.close()
        settings = tmp_path / f"there{schema}" / SETTINGS
        if schema <= newest:
            assert restore(file, settings, None, nobody).messages == 0
        else:
            with pytest.raises(TwinError, match="newer version"):
                restore(file, settings, None, nobody)
            assert not settings.parent.exists()


KILLED = """
import sys
from pathlib import Path
from twin.backup.encryption import CONTENT
from twin.backup.make import make_backup
from twin.config.load import load_config
def told(count):
    print("read", flush=True)
    sys.stdin.read()
make_backup(load_config(Path(sys.argv[1])), Path(sys.argv[2]), passphrase=None, secrets=False,
    told=told)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_kill_leaves_no_half_of_a_backup(twin: Config, tmp_path: Path) -> None:
    whole = made(twin, tmp_path)
    target = whole.with_name("next")
    command = [sys.executable, "-c", KILLED, str(twin.path), str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"read\n"
        process.send_signal(signal.SIGKILL)
    assert not target.exists()
    assert restore(whole, tmp_path / "there" / SETTINGS, None, nobody).messages == 50
    make_backup(twin, target, passphrase=None, secrets=False, told=nobody)


def test_the_bot_may_write_meanwhile(twin: Config, tmp_path: Path) -> None:
    db = open_database(twin.database)
    chat = upsert_chat(db, "web", "ann", "Ann")
    written = 0

    def write(_: int) -> None:
        nonlocal written
        written += 1
        log_message(db, NewMessage(chat.id, "peer", "meanwhile", time.time_ns() // 1_000_000))

    file = tmp_path / "kept.backup"
    make_backup(twin, file, passphrase=None, secrets=False, told=write)
    db.close()
    assert written > 0
    assert check(file, None, nobody).messages == 50


def free_there(monkeypatch: pytest.MonkeyPatch, free: Callable[[Path], int]) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=free(Path(path))))


def test_a_full_disk_is_told_with_what_is_needed(
    twin: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, there = made(twin, tmp_path), tmp_path / "there" / SETTINGS
    elsewhere = tmp_path / "full" / "x.backup"
    free_there(monkeypatch, lambda _: 100_000)
    with pytest.raises(TwinError, match=r"no room for the backup: it takes up to 1 MB .* 0 MB are"):
        make_backup(twin, elsewhere, passphrase=None, secrets=False, told=nobody)
    with pytest.raises(TwinError, match=r"no room for twin\.db: it takes 1 MB.*TMPDIR"):
        check(file, None, nobody)
    with pytest.raises(TwinError, match=r"there: no room for twin\.db: .*--config FILE"):
        restore(file, there, None, nobody)
    assert not elsewhere.parent.exists()
    assert not there.parent.exists()


def test_a_disk_that_becomes_full_meanwhile_is_told_too(
    twin: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    def full_for_sqlite(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    for name, fault in (("Writer.add", full), ("_copy", full_for_sqlite)):
        with monkeypatch.context() as patch:
            patch.setattr(f"twin.backup.make.{name}", fault)
            with pytest.raises(TwinError, match="no room for the backup"):
                made(twin, tmp_path)
    assert not (tmp_path / "kept").exists()


def test_of_a_full_disk_a_backup_is_made_elsewhere(
    twin: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There SQLite can't make the file that lets it read a WAL."""
    copy = make._copy

    def without_room(source: Path, target: Path) -> int:
        if source == twin.database:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
            raise error
        return copy(source, target)

    monkeypatch.setattr(make, "_copy", without_room)
    free_there(monkeypatch, lambda path: 0 if path == twin.data else 10**9)
    assert check(made(twin, tmp_path), None, nobody).messages == 50


def test_a_check_unpacks_no_more_than_the_database(
    twin: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, unpacked = made(twin, tmp_path), []

    def write(content: IO[bytes], path: Path, told: Told) -> str:
        unpacked.append(path.name)
        return write_member(content, path, told)

    monkeypatch.setattr("twin.backup.restore.write_member", write)
    found = check(file, None, nobody)
    assert (found.messages, found.chats, found.adapters) == (50, 1, 1)
    assert unpacked == ["twin.db", SETTINGS]


def test_logins_are_secrets() -> None:
    names = (PASSWORD, "telegram/token", "matrix/store/x.db", "push/server-key.pem")
    assert all(is_secret(name) for name in names)
    assert not is_secret("adapters/matrix/x")


def test_backups_in_the_data_folder_are_no_part_of_the_next(tmp_path: Path) -> None:
    settings = tmp_path / "here" / SETTINGS
    settings.parent.mkdir()
    settings.write_text('[paths]\ndata = "."\n', "utf-8")
    config = load_config(settings)
    open_database(config.database).close()
    folder = settings.parent / "backups"
    file = folder / "one.backup"
    for name in ("old.backup", ".backup-1/plain", "my.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    make_backup(config, file, passphrase=None, secrets=False, told=nobody)
    there = tmp_path / "there" / SETTINGS
    restore(file, there, None, nobody)
    assert [path.name for path in (there.parent / "backups").iterdir()] == ["my.txt"]


def test_what_failed_leaves_no_folder(twin: Config, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"nonsense")
    with pytest.raises(InputError, match="no whole backup"):
        restore(broken, tmp_path / "new" / "er" / SETTINGS, None, nobody)
    assert not (tmp_path / "new").exists()


def test_settings_that_cant_be_written_leave_everything(
    twin: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, there = made(twin, tmp_path), tmp_path / "there"
    there.mkdir()
    (there / SETTINGS).write_text("# mine\n", "utf-8")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("twin.backup.restore.write_text", full)
    with pytest.raises(TwinError, match="No space left"):
        restore(file, there / SETTINGS, None, nobody)
    assert not (there / "data").exists()
    assert (there / SETTINGS).read_text("utf-8") == "# mine\n"


def test_a_damaged_database_makes_no_backup(twin: Config, tmp_path: Path) -> None:
    """Each night it would take the place of one that is whole."""
    with twin.database.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 40_000)
    with pytest.raises(TwinError, match="is damaged"):
        made(twin, tmp_path)
    assert not (tmp_path / "kept").exists()


def test_a_folder_that_became_read_only_can_be_kept(
    twin: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is in the WAL. For root every folder is writable, so its mode would say nothing."""
    db = open_database(twin.database)
    chat = upsert_chat(db, "web", "ann", "Ann")
    log_message(db, NewMessage(chat.id, "peer", "the last one", 9_000))
    monkeypatch.setattr("os.access", lambda path, _: path != twin.data)
    file = made(twin, tmp_path)
    db.close()
    assert check(file, None, nobody).messages == 51

"""The backup of each night: when it is made, what is kept, what is told."""

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from storage.atomic_files import write_bytes
from storage.errors import TwinError
from tests.twin.fakes import FakeTime
from twin.backup.contents import SETTINGS
from twin.backup.job import BackupJob
from twin.backup.kept import find_backup, kept_backups, nightly_name
from twin.backup.nightly import LOOK_S, REST_S, NightlyBackups, last_night
from twin.backup.passphrase import VARIABLE, machine_passphrase
from twin.config.load import load_config
from twin.config.schema import ScheduleSettings

PHRASE = "correct horse battery"


class Job(BackupJob):
    """Writes a file at once, or fails."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.error: TwinError | None = None
        self.made: list[tuple[str, str, bool]] = []

    async def _work(self, arguments: list[str], passphrase: str) -> dict[str, int]:
        if self.error is not None:
            raise self.error
        file = Path(arguments[-1])
        write_bytes(file, b"all")
        self.made.append((file.name, passphrase, "--secrets" in arguments))
        return {"files": 1}


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PHRASE)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def set_up(folder: Path, **settings: object) -> Path:
    lines = [f"{name} = {value}" for name, value in settings.items()]
    path = folder / SETTINGS
    path.write_text("\n".join(["[backup]", *lines, ""]), "utf-8")
    return path


def nights(path: Path, time: FakeTime, job: Job, *, training: bool = False) -> NightlyBackups:
    return NightlyBackups(partial(load_config, path), job, lambda: training, time.clock)


@pytest.fixture
def running(time: FakeTime) -> Iterator[list[asyncio.Task[None]]]:
    tasks: list[asyncio.Task[None]] = []
    yield tasks
    for task in tasks:
        task.cancel()


@pytest.mark.parametrize(
    ("at", "night"),
    [
        ("2026-11-30T03:44", date(2026, 11, 29)),  # the training may be about to begin
        ("2026-11-30T03:46", date(2026, 11, 30)),
        ("2026-11-30T23:00", date(2026, 11, 30)),
        ("2026-12-01T00:05", date(2026, 11, 30)),
    ],
)
def test_a_night_is_over_when_its_training_had_time_to_begin(at: str, night: date) -> None:
    now = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000)
    assert last_night(now, ScheduleSettings(timezone="UTC")) == night


async def test_one_a_night_and_so_many_are_kept(tmp_path: Path, time: FakeTime) -> None:
    path = set_up(tmp_path, keep=2, secrets="true")
    job = Job(path)
    backups = nights(path, time, job)
    by_hand = tmp_path / "backups" / "twin-2020-01-01-000000.backup"
    by_hand.parent.mkdir()
    by_hand.write_bytes(b"")
    for _ in range(4):
        await backups.look()
        await backups.look()
        time.seconds += 24 * 3600
    assert len(job.made) == 4
    assert job.made[0][1:] == (PHRASE, True)
    kept = [name for name, *_ in job.made][-2:]
    assert {one.name for one in kept_backups(load_config(path))} == {*kept, by_hand.name}


async def test_what_a_killed_process_left_is_deleted_later(tmp_path: Path, time: FakeTime) -> None:
    path = set_up(tmp_path, keep=2)
    backups = tmp_path / "backups"
    old, new = backups / ".backup-0123abcd", backups / ".backup-4567cdef"
    mine = backups / ".backup-personal"
    for folder in (old, new, mine):
        folder.mkdir(parents=True)
        (folder / "plain").write_bytes(b"half")
    for folder in (old, mine):
        os.utime(folder, (1, 1))
    await nights(path, time, Job(path)).look()
    assert (old.exists(), new.exists(), mine.exists()) == (False, True, True)


async def test_the_newest_stays_though_another_is_of_a_later_day(
    tmp_path: Path, time: FakeTime
) -> None:
    """As after a clock that was wrong, or a journey to the west."""
    path = set_up(tmp_path, keep=1)
    later = tmp_path / "backups" / nightly_name(date(2099, 1, 1))
    write_bytes(later, b"all")
    os.utime(later, (4e9, 4e9))
    job = Job(path)
    backups = nights(path, time, job)
    for _ in range(2):
        await backups.look()
    [(made, *_)] = job.made
    assert [one.name for one in kept_backups(load_config(path))] == [made]


async def test_a_folder_that_cant_be_read_is_told(tmp_path: Path, time: FakeTime) -> None:
    path = set_up(tmp_path, keep=1)
    (tmp_path / "backups").write_bytes(b"no folder")
    with pytest.raises(TwinError, match=r"correct \[backup\] folder"):
        await nights(path, time, Job(path)).look()


async def test_nothing_is_made_while_training_or_when_off(tmp_path: Path, time: FakeTime) -> None:
    path = set_up(tmp_path, keep=2)
    job = Job(path)
    await nights(path, time, job, training=True).look()
    await nights(set_up(tmp_path, keep=0), time, job).look()
    assert job.made == []


async def test_a_failure_is_told_once_and_tried_again(
    tmp_path: Path,
    time: FakeTime,
    running: list[asyncio.Task[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def at_once(call: Callable[..., object], *given: object) -> object:
        return call(*given)

    monkeypatch.setattr("twin.backup.nightly.asyncio.to_thread", at_once)
    path, told = set_up(tmp_path, keep=2), list[str]()
    job = Job(path)
    job.error = TwinError("the disk is full; make room")
    backups = nights(path, time, job)
    running.append(asyncio.create_task(backups.run(told.append)))

    for seconds in (LOOK_S, REST_S):
        await time.advance(seconds)
    assert told == ["The backup of the night failed: the disk is full; make room"]
    assert str(backups.failure) == "the disk is full; make room"
    job.error = None
    await time.advance(REST_S)
    assert (backups.failure, len(job.made), len(told)) == (None, 1, 1)


async def test_without_a_passphrase_nothing_is_written(
    tmp_path: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    path = set_up(tmp_path, keep=2)
    with pytest.raises(TwinError, match=VARIABLE):
        await nights(path, time, Job(path)).look()


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_passphrase_in_a_file_is_read_by_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    config = load_config(set_up(tmp_path, passphrase_file='"my key"'))
    file = tmp_path / "my key"
    for content, mode, says in (
        (b"correct horse\n", 0o640, "chmod 600"),
        (b"short\r\n", 0o600, "8 characters"),
        (b"", 0o600, "8 characters"),
        (b"\xff\xfe", 0o600, "not UTF-8"),
    ):
        file.write_bytes(content)
        file.chmod(mode)
        with pytest.raises(TwinError, match=says):
            machine_passphrase(config)
    file.write_text("ein langes Wort 密码\nmore", "utf-8")
    assert machine_passphrase(config) == "ein langes Wort 密码"
    file.unlink()
    with pytest.raises(TwinError, match="passphrase_file"):
        machine_passphrase(config)


def test_only_a_backup_is_found(tmp_path: Path) -> None:
    config = load_config(set_up(tmp_path))
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / nightly_name(date(2026, 11, 30))).write_bytes(b"x")
    (folder / "notes.txt").write_bytes(b"x")
    (folder / "link.backup").symlink_to(tmp_path / SETTINGS)
    (tmp_path / "outside.backup").write_bytes(b"x")
    assert [one.name for one in kept_backups(config)] == ["nightly-2026-11-30.backup"]
    wrong: tuple[Any, ...] = (
        "notes.txt",
        "link.backup",
        "../outside.backup",
        "",
        ".",
        "a\0.backup",
    )
    assert [find_backup(config, name) for name in wrong] == [None] * len(wrong)

"""Files that nobody waits for are read one after the other, and the run can end at any time."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import file_of
from storage.errors import TwinError
from storage.media_texts import media_text
from storage.messages import NewMessage, log_message
from tests.twin.fakes import FakeTime, chat_with
from tests.twin.media import samples
from twin.config.schema import Config
from twin.language import Language
from twin.media.backlog import MOST_DEATHS, Backlog, BacklogProgress
from twin.media.backlog_job import BacklogJob
from twin.media.failures import Failure
from twin.media.pending import forget_failures
from twin.media.reader import MediaRead
from twin.media.reader_process import ReaderUnusable
from twin.media.state import media_state, not_read_here


class FakeReader:
    """Reads each file as its name; each takes a second. `fails` has what becomes of some."""

    def __init__(self, time: FakeTime) -> None:
        self.time, self.files = time, list[str]()
        self.fails: dict[str, Failure] = {}
        self.closed = 0
        self.gate: asyncio.Event | None = None

    async def read(self, path: Path, kind: str, *, is_friends: bool) -> MediaRead:
        self.files.append(path.name)
        if self.gate is not None:
            await self.gate.wait()
        self.time.seconds += 1
        failure = self.fails.get(path.name)
        return MediaRead("" if failure else path.stem, "", "fake 1", failure)

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, time: FakeTime) -> FakeReader:
    fake = FakeReader(time)
    monkeypatch.setattr("twin.media.backlog.MediaReader", lambda *args, **given: fake)
    monkeypatch.setattr("twin.media.reader.missing_packages", lambda part: [])
    return fake


def logged(db: Database, *files: str, kind: str = "image") -> list[int]:
    chat = chat_with(db, "Mira").id
    ids = []
    for file in files:
        samples.put(file_of(db).parent, file, b"x")
        media = f"media/fake/{file}"
        message = NewMessage(chat, "peer", "", 1, kind, source="import:x", media=media)
        ids.append(log_message(db, message) or 0)
    return ids


def texts(db: Database, ids: list[int]) -> list[str | None]:
    found = (media_text(db, id_) for id_ in ids)
    return [(one.failure or one.text) if one is not None else None for one in found]


async def test_all_are_read_the_newest_first_and_one_content_once(
    config: Config, db: Database, reader: FakeReader, time: FakeTime
) -> None:
    ids = logged(db, "a.jpg", "b.jpg", "c.jpg", "b.jpg")
    seen: list[BacklogProgress] = []
    reader.fails = {"c.jpg": "broken"}
    done = await Backlog(config, db, time.clock).run(seen.append)
    assert reader.files == ["b.jpg", "c.jpg", "a.jpg"]
    assert texts(db, ids) == ["a", "b", "broken", "b"]
    assert [one.left for one in seen] == [3, 2, 1, 0]
    # Of a kind of which three were read it is known how long the last takes.
    assert [one.left_s for one in seen] == [None, None, pytest.approx(2 / 3), 0]
    assert (done.read, done.failed) == (4, 1)
    assert reader.closed == 1
    assert (await Backlog(config, db, time.clock).run(seen.append)).read == 0


async def test_it_goes_on_where_it_was_ended(
    config: Config, db: Database, reader: FakeReader, time: FakeTime
) -> None:
    ids = logged(db, "a.jpg", "b.jpg")

    def watch(_: BacklogProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await Backlog(config, db, time.clock).run(watch)
    assert texts(db, ids) == [None, "b"]
    await Backlog(config, db, time.clock).run(lambda _: None)
    assert texts(db, ids) == ["a", "b"]
    assert reader.files == ["b.jpg", "a.jpg"]


async def test_one_that_crashes_it_is_noted_and_many_are_not(
    config: Config, db: Database, reader: FakeReader, time: FakeTime
) -> None:
    ids = logged(db, "a.jpg", "b.jpg", "c.jpg")
    reader.fails = {"b.jpg": "crashed"}
    await Backlog(config, db, time.clock).run(lambda _: None)
    assert texts(db, ids) == ["a", "crashed", "c"]
    many = [f"{n}.jpg" for n in range(MOST_DEATHS)]
    ids = logged(db, *many)
    reader.fails = dict.fromkeys(many, "crashed")
    with pytest.raises(TwinError, match="ended 5 times in a row"):
        await Backlog(config, db, time.clock).run(lambda _: None)
    assert set(texts(db, ids)) == {None}  # it may be the machine: they are tried again
    reader.fails = {}
    assert forget_failures(db) == 1
    assert (await Backlog(config, db, time.clock).run(lambda _: None)).read == MOST_DEATHS + 1


async def test_a_page_begins_and_stops_it(
    config: Config, db: Database, reader: FakeReader, time: FakeTime
) -> None:
    ids = logged(db, "a.jpg", "b.jpg")
    reader.gate = asyncio.Event()
    job = BacklogJob(config, db, time.clock)
    job.begin()
    job.begin()
    await _until(lambda: reader.files == ["b.jpg"])
    job.stop()
    await _until(lambda: not job.state.is_busy)
    assert (texts(db, ids), reader.closed) == ([None, None], 1)
    reader.gate.set()
    job.begin()
    await _until(lambda: not job.state.is_busy)
    assert texts(db, ids) == ["a", "b"]
    assert job.state.error is None


async def test_why_it_ended_early_is_told(
    config: Config,
    db: Database,
    reader: FakeReader,
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unusable(path: Path, kind: str, *, is_friends: bool) -> MediaRead:
        raise ReaderUnusable("the model is damaged")

    logged(db, "a.jpg")
    monkeypatch.setattr(reader, "read", unusable)
    job = BacklogJob(config, db, time.clock)
    job.begin()
    await _until(lambda: not job.state.is_busy)
    assert job.state.error == "the model is damaged"


def test_the_state_says_what_is_read_and_what_is_missing(
    config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(db, "a.jpg", "b.jpg")
    logged(db, "c.opus", kind="voice")
    logged(db, "d.pdf", kind="file")
    monkeypatch.setattr("twin.media.reader.missing_packages", lambda part: [])
    state = media_state(config)
    assert (state.read, state.unread, state.elsewhere) == (0, {"image": 2}, {"voice": 1})
    monkeypatch.setattr(
        "twin.media.state.missing_packages", lambda part: ["av"] * (part == "voices")
    )
    (line,) = not_read_here(Language("en"), config)
    assert line == "Voices are not read: av is not installed"


async def _until(there: Callable[[], bool]) -> None:
    for _ in range(1000):
        if there():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it does not happen")

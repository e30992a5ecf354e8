"""The reader from the bot's side: a process that may end, hang and lie."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.twin.media import samples
from tests.twin.media.fake_reader import FakeProcess
from twin.config.schema import Config
from twin.media import reader as reading
from twin.media.needs import NEEDED, VOCABULARIES
from twin.media.reader import (
    MOST_CHARS,
    MediaRead,
    MediaReader,
    can_read,
    reader_command,
)
from twin.media.reader_process import ReaderUnusable


@pytest.fixture
async def reader(config: Config, process: FakeProcess) -> AsyncIterator[MediaReader]:
    made = MediaReader(config)
    yield made
    await made.close()


async def read(reader: MediaReader, folder: Path, word: str, kind: str = "image") -> MediaRead:
    return await reader.read(samples.put(folder, "file", word.encode()), kind, is_friends=True)


async def test_one_process_reads_file_after_file(
    reader: MediaReader, process: FakeProcess, tmp_path: Path
) -> None:
    assert await read(reader, tmp_path, "你好 😀") == MediaRead("你好 😀", "", "fake 1")
    assert await read(reader, tmp_path, "") == MediaRead("", "", "fake 1")
    assert await read(reader, tmp_path, "failure:broken") == MediaRead("", "", "fake 1", "broken")
    assert len((await read(reader, tmp_path, "x" * 9999)).text) == MOST_CHARS
    assert process.begun == ["ready pictures "]
    await read(reader, tmp_path, "hello", "voice")
    assert process.begun == ["ready pictures ", "ready voices "]


async def test_it_is_started_again_after_it_was_closed(
    reader: MediaReader, process: FakeProcess, tmp_path: Path
) -> None:
    await read(reader, tmp_path, "a")
    await reader.close()
    assert (await read(reader, tmp_path, "b")).text == "b"
    assert len(process.begun) == 2


class Sees:
    """What stands in for the server that describes; `shown` is what went there."""

    model = "eyes"

    def __init__(self) -> None:
        self.shown: list[str] = []

    async def describe(self, picture: str) -> str:
        self.shown.append(picture)
        return "a cat"

    async def close(self) -> None:
        pass


async def test_pictures_of_friends_alone_are_described(
    config: Config, process: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Sees()
    monkeypatch.setattr(reading, "Describer", lambda *_: server)
    config = config.with_values("media", describe=True)
    reader = MediaReader(config.with_values("engine", server="http://127.0.0.1:8000"))
    file = samples.put(tmp_path, "file", b"EXIT")
    for kind, is_friends in (("image", False), ("sticker", True), ("voice", True)):
        read = await reader.read(file, kind, is_friends=is_friends)
        assert read == MediaRead("EXIT", "", "fake 1")
    assert server.shown == []
    read = await reader.read(file, "image", is_friends=True)
    assert read == MediaRead("EXIT", "a cat", "fake 1, eyes")
    assert server.shown == ["AAAA"]
    await reader.close()


@pytest.mark.parametrize("word", ["die", "half", "no end", "list", "number"])
async def test_what_ends_it_twice_is_given_up(
    reader: MediaReader, process: FakeProcess, tmp_path: Path, word: str
) -> None:
    assert (await read(reader, tmp_path, word)).failure == "crashed"
    assert len(process.begun) == 2
    assert (await read(reader, tmp_path, "next")).text == "next"


async def test_it_may_say_nothing_but_known_reasons(reader: MediaReader, tmp_path: Path) -> None:
    """A file may have taken it over."""
    read_as = await read(reader, tmp_path, "failure:<script>")
    assert read_as.failure == "crashed"


async def test_it_knows_no_secret_of_the_bots(
    reader: MediaReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_ENGINE_KEY", "s3cret")
    assert (await read(reader, tmp_path, "environment")).text == "None"


async def test_killed_for_something_else_it_reads_the_file_after_all(
    reader: MediaReader, tmp_path: Path
) -> None:
    assert (await read(reader, tmp_path, "die once")).text == "die once"


async def test_what_takes_too_long_is_ended(
    config: Config, process: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LIMIT_S", {"pictures": 0.2})
    reader = MediaReader(config)
    assert (await read(reader, tmp_path, "hang")).failure == "too_slow"
    assert len(process.begun) == 1
    await reader.close()


async def test_without_memory_it_is_started_again_once(
    reader: MediaReader, process: FakeProcess, tmp_path: Path
) -> None:
    assert (await read(reader, tmp_path, "failure:no_memory")).failure == "too_large"
    assert len(process.begun) == 2


@pytest.mark.skipif(os.name != "posix", reason="Windows limits no time of the processor")
async def test_what_needs_too_much_of_the_processor_is_ended_by_the_system(
    reader: MediaReader, process: FakeProcess, tmp_path: Path
) -> None:
    assert (await read(reader, tmp_path, "busy")).failure == "too_slow"
    assert len(process.begun) == 1


async def test_given_up_halfway_it_answers_the_next_file_rightly(
    reader: MediaReader, process: FakeProcess, tmp_path: Path
) -> None:
    await read(reader, tmp_path, "a")
    task = asyncio.create_task(read(reader, tmp_path, "hang"))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await read(reader, tmp_path, "b")).text == "b"
    assert len(process.begun) == 2


async def test_what_can_not_be_started_says_why(
    reader: MediaReader, process: FakeProcess, tmp_path: Path
) -> None:
    process.says = "unusable:ImportError: no\nmodule"
    with pytest.raises(ReaderUnusable, match=r"does not start: ImportError: no\\nmodule"):
        await read(reader, tmp_path, "a")
    process.says = "ready"
    assert (await read(reader, tmp_path, "a")).text == "a"


@pytest.mark.skipif(os.name != "posix", reason="counts what POSIX has open")
async def test_it_leaves_no_pipe_open(reader: MediaReader, tmp_path: Path) -> None:
    await read(reader, tmp_path, "die")
    before = psutil.Process().num_fds()
    for _ in range(4):
        await read(reader, tmp_path, "die")
    await reader.close()
    await asyncio.sleep(0.01)
    assert psutil.Process().num_fds() <= before


def test_what_can_be_read(config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    missing: dict[str, list[str]] = {"pictures": [], "voices": []}
    monkeypatch.setattr(reading, "missing_packages", missing.__getitem__)
    assert can_read(config, "image")
    assert can_read(config, "sticker")
    assert not can_read(config, "voice")
    assert not can_read(config, "text")
    assert not can_read(config, "video")
    named = config.with_values("media", whisper=".")
    for name in (*NEEDED, VOCABULARIES[1]):
        assert not can_read(named, "voice")
        (tmp_path / name).touch()
    assert can_read(named, "voice")
    missing["voices"] = ["faster-whisper"]
    missing["pictures"] = ["rapidocr"]
    assert not can_read(named, "voice")
    assert not can_read(named, "image")
    assert not can_read(config.with_values("media", read=False), "image")


def test_a_name_that_is_no_folder_is_no_model(config: Config) -> None:
    """Else the library would ask a hub for it."""
    assert not reading.has_model(config.with_values("media", whisper="large-v3"))


def test_the_command(config: Config, tmp_path: Path) -> None:
    named = config.with_values("media", whisper="models/small")
    assert reader_command(named, "zh", True, "voices")[1:] == [
        *("-m", "twin.media", "voices", "--whisper", str(tmp_path / "models/small")),
        *("--language", "zh", "--idle"),
    ]
    assert reader_command(named, "zh", False, "pictures")[1:] == ["-m", "twin.media", "pictures"]

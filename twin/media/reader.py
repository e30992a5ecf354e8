"""Read the files of messages: text in pictures and stickers, words in voices.

Each part is a process of its own, see `twin/media/__main__.py`.
"""

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from storage.values import storable
from twin.config.schema import Config
from twin.media.describing import Describer
from twin.media.failures import NO_MEMORY, Failure, failure_of
from twin.media.needs import PACKAGES, Part, is_model
from twin.media.reader_process import ReaderDied, ReaderProcess

log = logging.getLogger(__name__)

PARTS: Mapping[str, Part] = {"image": "pictures", "sticker": "pictures", "voice": "voices"}
LIMIT_S: Mapping[Part, float] = {"pictures": 120.0, "voices": 900.0}
# What runs when nothing else wants the processor may have to wait for long.
IDLE_LIMIT_S = 3600.0
MOST_CHARS = 4000
_TRIES = 2  # it may have been killed for something else


@dataclass(frozen=True, slots=True)
class MediaRead:
    """What was read in a file: as `storage.media_texts.MediaText` has it."""

    text: str
    description: str
    reader: str
    failure: Failure | None = None


def missing_packages(part: Part) -> list[str]:
    """What of the optional part is to be installed, as pip calls it."""
    return [name for module, name in PACKAGES[part].items() if find_spec(module) is None]


def has_model(config: Config) -> bool:
    """Whether [media] whisper is a folder with a model."""
    return bool(config.media.whisper) and is_model(whisper_folder(config))


def whisper_folder(config: Config) -> Path:
    return config.beside(config.media.whisper)


def can_read(config: Config, kind: str) -> bool:
    """Whether files of messages of this kind are read here."""
    part = PARTS.get(kind)
    if part is None or not config.media.read or missing_packages(part):
        return False
    return part == "pictures" or has_model(config)


def readable_kinds(config: Config) -> list[str]:
    return [kind for kind in PARTS if can_read(config, kind)]


def reader_command(config: Config, language: str, idle: bool, part: Part) -> list[str]:
    command = [sys.executable, "-m", "twin.media", part]
    if part == "voices":
        command += ["--whisper", str(whisper_folder(config)), "--language", language]
    return [*command, "--idle"] if idle else command


def is_described(config: Config) -> bool:
    """Whether pictures are shown to the server of [engine]."""
    return config.media.describe and bool(config.engine.server)


class MediaReader:
    """Reads one file of each part after the other. `close` ends its processes.

    `language`: of voices, as in "zh"; "" lets the model guess. `idle`: nobody waits for it.
    """

    def __init__(self, config: Config, language: str = "", *, idle: bool = False) -> None:
        self._describer = Describer(config, language) if is_described(config) else None
        command = partial(reader_command, config, language, idle)
        self._processes: Mapping[Part, ReaderProcess] = {
            part: ReaderProcess(
                partial(command, part), IDLE_LIMIT_S if idle else limit_s, idle=idle
            )
            for part, limit_s in LIMIT_S.items()
        }

    def process_of(self, kind: str) -> ReaderProcess:
        return self._processes[PARTS[kind]]

    async def read(self, path: Path, kind: str, *, is_friends: bool) -> MediaRead:
        """What is in the file of a message of a kind that can be read. Described are pictures of
        friends alone.

        Raises ReaderUnusable where its reader can't be started; then nothing is known of the file.
        """
        process = self.process_of(kind)
        describer = self._describer if is_friends and kind == "image" else None
        failure: Failure = "crashed"
        for _ in range(_TRIES):
            try:
                told = await process.ask(str(path), show=describer is not None)
            except ReaderDied:
                log.warning("the reader of %s ended over a file", PARTS[kind])
                continue
            except TimeoutError:
                failure = "too_slow"
                break
            if told.get("failure") == NO_MEMORY:
                await process.close()
                failure = "too_large"
                continue
            if "text" in told:
                return await _with_description(told, describer, process.name)
            failure = failure_of(told.get("failure", ""))
            break
        return MediaRead("", "", process.name, failure)

    async def close(self) -> None:
        if self._describer is not None:
            await self._describer.close()
        for process in self._processes.values():
            await process.close()


async def _with_description(
    told: Mapping[str, str], describer: Describer | None, name: str
) -> MediaRead:
    text, description = storable(told["text"])[:MOST_CHARS], ""
    if describer is not None and "picture" in told:
        description = await describer.describe(told["picture"])
    if description and describer is not None:
        name = f"{name}, {describer.model}"
    return MediaRead(text, description, name)

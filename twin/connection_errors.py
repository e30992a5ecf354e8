"""What is wrong with the bot's connections, for who asks from another process."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from storage.atomic_files import write_text
from storage.texts import Text
from twin.one_bot import bot_process

log = logging.getLogger(__name__)

LOOK_S = 2.0
FILE = "connection-errors.json"


class ConnectionErrors:
    """`errors` tells the line of each connector that has one."""

    def __init__(
        self,
        data: Path,
        errors: Callable[[], Mapping[str, str]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._path, self._errors, self._sleep = data / FILE, errors, sleep

    async def watch(self) -> None:
        """Keep them as they are, until cancelled."""
        kept: Mapping[str, str] | None = None
        while True:
            found = dict(self._errors())
            if found != kept:
                await asyncio.to_thread(self._write, found)
                kept = found
            await self._sleep(LOOK_S)

    def _write(self, found: Mapping[str, str]) -> None:
        lines = {name: _parts(line) for name, line in found.items()}
        try:
            write_text(self._path, json.dumps(lines), mode=0o600)
        except OSError as error:
            log.warning("%s can't be written (%s)", self._path, error.strerror)


def connection_errors(data: Path) -> dict[str, Text]:
    """The line of each connector of the running bot; none where no bot runs."""
    if bot_process(data) is None:
        return {}
    try:
        kept = json.loads((data / FILE).read_text("utf-8"))
        return {name: Text(template, **values) for name, (template, values) in kept.items()}
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return {}


def _parts(line: str) -> tuple[str, dict[str, Any]]:
    """So that it can still be said in another language."""
    if isinstance(line, Text):
        return line.template, {name: str(value) for name, value in line.values.items()}
    return line, {}

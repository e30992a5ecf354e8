"""The process that reads strangers' files, from the bot's side: asked for one after the other."""

import asyncio
import contextlib
import json
import logging
import signal
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

from storage.errors import TwinError
from storage.texts import Text
from twin.child_process import bare_environment, end, process_options
from twin.terminal import one_line

log = logging.getLogger(__name__)

START_S = 120.0  # to load a model, on a machine that is busy
IDLE_START_S = 3600.0  # where it runs when nothing else wants the processor
_GRACE_S = 1.0
_LONGEST_LINE = 1 << 20
# Its limit of processor time, see `twin/media/__main__.py`; Windows has none.
_OUT_OF_TIME = -getattr(signal, "SIGXCPU", 0) or None


class ReaderUnusable(TwinError):
    """It can't be started: a package is broken, or the folder holds no model."""


class ReaderDied(Exception):
    """It ended over a file, or was killed."""


class ReaderProcess:
    """One process, started when it is asked the first time, and again after it was ended.

    `command` starts it (see `twin/media/__main__.py`); a file may take `limit_s` seconds.
    """

    def __init__(self, command: Callable[[], Sequence[str]], limit_s: float, *, idle: bool) -> None:
        self._command, self._limit_s, self._idle = command, limit_s, idle
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self.name = ""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def ask(self, path: str, *, show: bool = False) -> dict[str, str]:
        """What it says of the file; `show`: with a small picture of it. Raises ReaderUnusable,
        ReaderDied, and TimeoutError where it takes too long; it is ended then.
        """
        async with self._turn:
            try:
                process = self._process or await self._start()
                async with asyncio.timeout(self._limit_s):
                    return await _exchange(process, {"path": path, "show": show})
            except ReaderDied:
                if await self._end() == _OUT_OF_TIME:
                    raise TimeoutError from None
                raise
            except BaseException:  # an answer that comes later would be taken for another file's
                await self._end()
                raise

    async def close(self) -> None:
        """End it, and give its memory back."""
        async with self._turn:
            await self._end()

    async def _start(self) -> asyncio.subprocess.Process:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        options = process_options(idle=self._idle) | pipes | {"env": bare_environment()}
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command(), **options, limit=_LONGEST_LINE
        )
        try:
            async with asyncio.timeout(IDLE_START_S if self._idle else START_S):
                told = await _line(process)
        except (ReaderDied, TimeoutError):
            raise ReaderUnusable(Text("the reader of files does not start")) from None
        if "unusable" in told:
            cause = one_line(told["unusable"])
            raise ReaderUnusable(Text("the reader of files does not start: {cause}", cause=cause))
        self.name = told.get("reader", "")
        return process

    async def _end(self) -> int | None:
        """How it ended; None where none was there."""
        process, self._process = self._process, None
        if process is None:
            return None
        await end(process, _GRACE_S)
        assert process.stdin is not None
        process.stdin.close()  # else the loop keeps the pipe open until the garbage is collected
        return process.returncode


async def _exchange(process: asyncio.subprocess.Process, question: Any) -> dict[str, str]:
    assert process.stdin is not None
    process.stdin.write(json.dumps(question).encode() + b"\n")
    with contextlib.suppress(ConnectionError):  # it has died; its end of the other pipe says so
        await process.stdin.drain()
    return await _line(process)


async def _line(process: asyncio.subprocess.Process) -> dict[str, str]:
    assert process.stdout is not None
    try:
        told = json.loads(await process.stdout.readline())
    except (ValueError, RecursionError) as error:  # nothing, half a line, or one without end
        raise ReaderDied from error
    if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
        raise ReaderDied  # a stranger's file may have taken it over
    return told

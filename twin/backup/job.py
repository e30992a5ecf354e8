"""Make and check backups while the bot runs, one at a time, in a process of their own.

Encrypting would hold Python's lock, and with it everybody who waits for an answer.
"""

import asyncio
import json
import logging
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from storage.errors import TwinError
from storage.texts import Text
from twin.child_process import end, process_options

log = logging.getLogger(__name__)

GRACE_S = 5.0
LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupState:
    """What is done, or was done last. `error`: why it failed."""

    work: Literal["", "make", "check"] = ""
    name: str = ""
    is_busy: bool = False
    percent: int = 0
    error: TwinError | None = None
    found: dict[str, int] | None = None


class BackupJob:
    """The one of the bot, shared by its nights and its owner's pages."""

    def __init__(self, config_path: Path) -> None:
        self._path = config_path
        self._task: asyncio.Task[None] | None = None
        self.state = BackupState()

    def make(
        self, file: Path, passphrase: str, *, secrets: bool = False, idle: bool = False
    ) -> asyncio.Task[None]:
        """Raises TwinError while another is being made or checked. Its end is in `state`."""
        flags = [flag for flag, on in (("--secrets", secrets), ("--idle", idle)) if on]
        return self._begin(BackupState("make", file.name, True), [*flags, str(file)], passphrase)

    def check(self, file: Path, passphrase: str) -> asyncio.Task[None]:
        """As `make`; what it holds is in `state`."""
        return self._begin(BackupState("check", file.name, True), [str(file)], passphrase)

    def _begin(
        self, state: BackupState, arguments: list[str], passphrase: str
    ) -> asyncio.Task[None]:
        if self.state.is_busy:
            raise TwinError(Text("a backup is being made or checked already; wait for its end"))
        self.state = state
        self._task = asyncio.create_task(self._run(arguments, passphrase), name="backup")
        return self._task

    async def _run(self, arguments: list[str], passphrase: str) -> None:
        try:
            found = await self._work(arguments, passphrase)
            self.state = replace(self.state, found=found)
        except TwinError as error:
            self.state = replace(self.state, error=error)
        except Exception as error:  # boundary: the page and the night wait for an answer
            log.error("backup: %s", type(error).__name__)
            log.debug("backup", exc_info=True)
            unforeseen = Text("{error}; the log says more", error=type(error).__name__)
            self.state = replace(self.state, error=TwinError(unforeseen))
        finally:
            self.state = replace(self.state, is_busy=False)

    async def _work(self, arguments: list[str], passphrase: str) -> dict[str, int]:
        command = [sys.executable, "-m", "twin.backup", "--config", str(self._path)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = await asyncio.create_subprocess_exec(
            *command,
            self.state.work,
            *arguments,
            **process_options(idle="--idle" in arguments) | pipes,
            limit=LONGEST_LINE,
        )
        try:
            return await self._follow(process, passphrase)
        finally:
            await end(process, GRACE_S)

    async def _follow(self, process: asyncio.subprocess.Process, passphrase: str) -> dict[str, int]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(passphrase).encode() + b"\n")
        async for line in process.stdout:
            told: dict[str, Any] = json.loads(line)
            if "percent" in told:
                self.state = replace(self.state, percent=told["percent"])
            elif "error" in told:
                raise TwinError(Text(told["error"], **told["values"]), reason=told["reason"])
            else:
                await process.wait()
                return dict(told["done"])
        raise TwinError(Text("the backup ended before it was done; the log says why"))

"""wechaty 0.10.7 and its parts, importable with today's dependencies and Python 3.11 to 3.13.

The family was last released in 2022. What it needs is added here before it is imported, so that
nothing has to be pinned to a version of that time. Import wechaty's names from here only.
"""

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pyee
import pyee.asyncio
import urllib3
import urllib3.util


def _get_host(url: str) -> tuple[str, str | None, int | None]:
    parsed = urllib3.util.parse_url(url)
    return parsed.scheme or "http", parsed.hostname, parsed.port


def _add_lost_names() -> None:
    names: tuple[tuple[ModuleType, str, object], ...] = (
        (pyee, "AsyncIOEventEmitter", pyee.asyncio.AsyncIOEventEmitter),  # gone since pyee 12
        (urllib3, "get_host", _get_host),  # gone since urllib3 2
    )
    for module, name, value in names:
        if not hasattr(module, name):
            setattr(module, name, value)


class _Telnet:
    """All that wechaty wants of telnetlib: whether something listens there."""

    def open(self, host: str, port: int = 23, timeout: float = 3) -> None:
        socket.create_connection((host, port), timeout).close()


@contextmanager
def _telnetlib() -> Iterator[None]:
    """Python 3.13 has none, and gets this one for good; earlier ones warn about theirs."""
    before = sys.modules.get("telnetlib")
    stub: Any = ModuleType("telnetlib")
    stub.Telnet = _Telnet
    sys.modules["telnetlib"] = stub
    yield
    if before is not None:
        sys.modules["telnetlib"] = before
    elif sys.version_info < (3, 13):
        del sys.modules["telnetlib"]


def _silence(before: set[str]) -> None:
    """Stop the loggers that came with the import.

    They write the token and what friends say to the terminal, past the bot's own logging.
    """
    for name, logger in logging.Logger.manager.loggerDict.items():
        if name not in before and isinstance(logger, logging.Logger) and not logger.propagate:
            logger.handlers.clear()
            logger.disabled = True


def keep_files_in(folder: Path) -> None:
    """Where `import wechaty` makes its folder, which is `.wechaty` in the current one if unsaid."""
    os.environ["CACHE_DIR"] = str(folder)


_loggers = set(logging.Logger.manager.loggerDict)
_add_lost_names()
with _telnetlib():
    from grpclib.client import Channel
    from wechaty_grpc.wechaty import PuppetStub
    from wechaty_puppet import EventType, PuppetOptions
    from wechaty_puppet_service import PuppetService
_silence(_loggers)
# Since Python 3.11 a dataclass's default must have a hash, and wechaty's options have this one.
PuppetOptions.__hash__ = object.__hash__

__all__ = ["Channel", "EventType", "PuppetOptions", "PuppetService", "PuppetStub", "keep_files_in"]

"""Makes wechaty 0.10.7 (of 2022) importable on today's Python and libraries, and quiet.

Call `prepare` before anything of wechaty is imported. Its packages print to the terminal by
handlers of their own, and write a `.wechaty` folder where they are started; both are taken back.
"""

import logging
import os
import socket
import sys
import types
import warnings
from pathlib import Path

import pyee
import urllib3
from pyee.asyncio import AsyncIOEventEmitter


def prepare(folder: Path) -> None:
    """Mend what its imports need; what wechaty writes by itself goes below `folder`."""
    os.environ["CACHE_DIR"] = str(folder)
    known = set(logging.Logger.manager.loggerDict)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 about telnetlib
        _give_back_what_is_gone()
        import wechaty_puppet  # noqa: F401
        import wechaty_puppet_service  # noqa: F401
    _silence(set(logging.Logger.manager.loggerDict) - known)


def _give_back_what_is_gone() -> None:
    if not hasattr(pyee, "AsyncIOEventEmitter"):  # gone with pyee 12
        pyee.AsyncIOEventEmitter = AsyncIOEventEmitter  # type: ignore[attr-defined]
    if not hasattr(urllib3, "get_host"):  # gone with urllib3 2
        urllib3.get_host = _get_host  # type: ignore[attr-defined]
    if sys.version_info >= (3, 13) and "telnetlib" not in sys.modules:
        telnetlib = types.ModuleType("telnetlib")
        telnetlib.Telnet = _Telnet  # type: ignore[attr-defined]
        sys.modules["telnetlib"] = telnetlib
    # Python 3.11 refuses an unhashable object as the default of a dataclass's field.
    from wechaty_puppet.schemas.puppet import PuppetOptions

    PuppetOptions.__hash__ = object.__hash__


def _get_host(url: str) -> tuple[str, str | None, int | None]:
    parsed = urllib3.util.parse_url(url)
    return parsed.scheme or "http", parsed.hostname, parsed.port


class _Telnet:
    """The one use that wechaty makes of it: does something listen there?"""

    def open(self, host: str, port: int = 23, timeout: float = 3) -> None:
        socket.create_connection((host, port), timeout).close()


def _silence(names: set[str]) -> None:
    for name in names:
        logger = logging.getLogger(name)
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.propagate = True
        logger.setLevel(logging.ERROR)

"""The far side of each connector, for the tests that run over all of them.

`tests/twin/connectors/NAME/platform.py` offers it as `platform`: an asynchronous context manager
that is given an empty folder and pytest's request, for fixtures that it needs. `MARKS` are the
marks of its tests, if any.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol

import pytest

import twin.connectors
from twin.connectors.base import Connector, ConnectorFolder

NAMES = sorted(module.name for module in iter_modules(twin.connectors.__path__) if module.ispkg)


class Platform(Protocol):
    """What a friend does and sees there."""

    connector: Connector
    chat: str  # the friend's

    async def say(self, text: str) -> None:
        """Write as the friend, whose name is Ann."""

    def shown(self) -> list[str]:
        """What the connector sent to the friend."""


MakePlatform = Callable[[Path, pytest.FixtureRequest], AbstractAsyncContextManager[Platform]]


def folder_of(name: str) -> ConnectorFolder[Any]:
    """What that folder declares."""
    folder: ConnectorFolder[Any] = import_module(f"twin.connectors.{name}").CONNECTOR
    return folder


def marks_of(name: str) -> Sequence[pytest.MarkDecorator]:
    return getattr(import_module(f"tests.twin.connectors.{name}.platform"), "MARKS", ())


def platform_of(name: str) -> MakePlatform:
    """The test platform of the connector in that folder."""
    make: MakePlatform = import_module(f"tests.twin.connectors.{name}.platform").platform
    return make

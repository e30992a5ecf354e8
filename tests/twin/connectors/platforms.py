"""The far side of each connector, for the tests that run over all of them.

`tests/twin/connectors/NAME/platform.py` offers it as `platform`: an asynchronous context manager
that is given an empty folder and pytest's request, for fixtures that it needs. `MARKS` are the
marks of its tests, if any, and `CAN` names what else people can do there: `Edits`, `Recalls`, …,
or `EVERYTHING`.
Its database is `twin.db` in that folder. `WHILE_AWAY`: fewer messages than a thousand where each
takes long to write; `TWIN_WHILE_AWAY` overrules it.
`BY_OWNER` is true where only the owner can write there.
"""

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol, runtime_checkable

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


@runtime_checkable
class Edits(Protocol):
    """Messages can be changed."""

    async def edit(self, text: str) -> None:
        """Change the friend's last message to that."""


@runtime_checkable
class Recalls(Protocol):
    """Messages can be taken back."""

    async def recall(self) -> None:
        """Take the friend's last message back."""


@runtime_checkable
class Redelivers(Protocol):
    """What was not confirmed is told again: by the platform, or by looking into its history."""

    async def restart(self) -> None:
        """After the process was killed: `connector` is a new one on the same data."""


@runtime_checkable
class Keeps(Redelivers, Protocol):
    """What is written while nobody is connected comes later, or stands in the history."""

    async def say_while_away(self, said: Sequence[tuple[str, int]]) -> None:
        """Write these texts as the friend, each at its time in UTC milliseconds."""


@runtime_checkable
class LosesAnswers(Protocol):
    """A message may arrive without the sender's hearing of it."""

    def lose_the_next_answer(self) -> None:
        """The next message is shown, and its answer is lost: at once, not after a long wait."""


@runtime_checkable
class Stickers(Protocol):
    """What the owner sent as a sticker can be sent again."""

    async def owner_sends_sticker(self) -> None:
        """On their phone, to the friend."""

    def stickers(self) -> list[Any]:
        """Those from the owner's account that the friend sees: equal where they are the same."""


Ability = (
    type[Edits]
    | type[Recalls]
    | type[Redelivers]
    | type[Keeps]
    | type[LosesAnswers]
    | type[Stickers]
)

EVERYTHING: Collection[Ability] = (Edits, Recalls, Redelivers, Keeps, LosesAnswers, Stickers)

MakePlatform = Callable[[Path, pytest.FixtureRequest], AbstractAsyncContextManager[Platform]]


def folder_of(name: str) -> ConnectorFolder[Any]:
    """What that folder declares."""
    folder: ConnectorFolder[Any] = import_module(f"twin.connectors.{name}").CONNECTOR
    return folder


def marks_of(name: str) -> Sequence[pytest.MarkDecorator]:
    return getattr(import_module(f"tests.twin.connectors.{name}.platform"), "MARKS", ())


def abilities_of(name: str) -> Collection[Ability]:
    return getattr(import_module(f"tests.twin.connectors.{name}.platform"), "CAN", ())


def most_of(name: str) -> int:
    """How many messages are written there while nobody is connected."""
    module = import_module(f"tests.twin.connectors.{name}.platform")
    usual: int = getattr(module, "WHILE_AWAY", 1000)
    return int(os.environ.get("TWIN_WHILE_AWAY", usual))


def those_that(ability: Ability) -> pytest.MarkDecorator:
    """Run a test over the connectors whose platform has the ability, as its `name`."""
    able = [name for name in NAMES if ability in abilities_of(name)]
    return pytest.mark.parametrize(
        "name", [pytest.param(name, marks=marks_of(name)) for name in able]
    )


def written_by_owner(name: str) -> bool:
    """Whether whoever writes there is the owner, and not a friend."""
    return getattr(import_module(f"tests.twin.connectors.{name}.platform"), "BY_OWNER", False)


def platform_of(name: str) -> MakePlatform:
    """The test platform of the connector in that folder."""
    make: MakePlatform = import_module(f"tests.twin.connectors.{name}.platform").platform
    return make

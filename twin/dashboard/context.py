"""What the dashboard needs of the running bot."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlite_utils import Database

from storage.chat_deletion import Forgotten
from storage.errors import TwinError
from twin.actions import Actions
from twin.backup.nightly import NightlyBackups
from twin.blind.blind_test import BlindTest
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.connectors.base import Connector
from twin.engine.base import Engine
from twin.interfaces import Reports, Samples, Training
from twin.push.devices import Devices


class ForgetResult(Protocol):
    """What was deleted of a chat, and what could not be taken off the disk yet."""

    @property
    def gone(self) -> Forgotten: ...
    @property
    def remains(self) -> Sequence[str]: ...


class WithdrawResult(Protocol):
    """Which adapters may have learnt from the chat, and what is still on the disk."""

    @property
    def adapters(self) -> Sequence[str]: ...
    @property
    def remains(self) -> Sequence[str]: ...


def _answers() -> None:
    """The live adapter does."""


@dataclass(frozen=True)
class DashboardContext:
    """The running bot. What only it can do is handed in.

    `actions` are what the owner can do, `devices` those of theirs that are told of things. `link`
    is the friend's address of a token, `blind_link` that of the blind test. `forget` and `withdraw`
    take seconds and are called beside the event loop. `reports` quote chats and lie on the disk.
    `report` creates the dataset's report, or raises TwinError. `restart` ends the bot and starts it
    with the settings as the file has them then; None where nobody would start it again. `refusal`:
    why the live adapter does not answer, None when it does.
    """

    db: Database
    config: Config
    engine: Engine
    connectors: Sequence[Connector]
    training: Training | None
    backups: NightlyBackups
    actions: Actions
    devices: Devices
    blind: BlindTest
    link: Callable[[str], str]
    blind_link: Callable[[str], str]
    forget: Callable[[int], ForgetResult]
    withdraw: Callable[[int, str], WithdrawResult]
    samples: Samples | None = None
    report: Callable[[], Awaitable[None]] | None = None
    clock: Clock = SYSTEM_CLOCK
    reports: Reports | None = None
    restart: Callable[[], None] | None = None
    refusal: Callable[[], TwinError | None] = _answers

"""The interface of a connector, what its folder declares, and making those that are on."""

import logging
from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol
from uuid import uuid4

from storage.errors import TwinError
from twin.config.connector_sections import ConnectorSection, S, connector_sections
from twin.config.schema import Config
from twin.connectors.problems import Problem

if TYPE_CHECKING:  # a folder is read by every command, and these take long to load
    from sqlite_utils import Database

    from twin.connectors.history import OpenHistory
    from twin.web.server import WebServer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """Someone wrote, the owner included. `sent_at` in UTC milliseconds.

    `text` is what people read there: a platform's markup is decoded (storage/platform_markup.py).
    `mentions_owner`: in the sender's own words, and not in what they quote.
    `external_id` is the platform's id of the message; None where it gives none. `kind` is one of
    `storage.messages.KINDS`; what is no text has what the platform says of it in `raw`. `chat_kind`
    is "direct", "group" or "self", the owner's chat with themselves. `steers`: whoever writes here
    is the owner, so that a line with `/twin` is a command. `is_history`: it is told now and was
    written long ago, so that it is logged and nothing follows from it. `key`: the `Outgoing.key`
    that it was sent with, where the platform tells.
    """

    chat_external_id: str
    chat_name: str
    sender_id: str
    sender_name: str
    text: str
    sent_at: int
    external_id: str | None = None
    from_owner: bool = False
    kind: str = "text"
    chat_kind: str = "direct"
    mentions_owner: bool = False
    reply_to: str | None = None
    raw: str | None = None
    steers: bool = False
    is_history: bool = False
    key: str | None = None


@dataclass(frozen=True, slots=True)
class MediaSaved:
    """A message's file was fetched; `path` is relative to the data folder."""

    chat_external_id: str
    external_id: str
    path: str


@dataclass(frozen=True, slots=True)
class MessageRecalled:
    """The sender took a message back."""

    chat_external_id: str
    external_id: str


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """The sender changed a message; `text` is its new wording. `edited_at` in UTC milliseconds.

    `sender_id`, `from_owner`: who says so, where the platform takes it from anybody; the change of
    another one's message is none.
    """

    chat_external_id: str
    external_id: str
    text: str
    edited_at: int
    sender_id: str | None = None
    from_owner: bool = False


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """What was sent did not reach the friend, as the platform found out afterwards."""

    chat_external_id: str
    external_id: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The platform accepts messages from here on, as this account."""

    name: str


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The platform closed the session, or the connection to it is gone."""


@dataclass(frozen=True, slots=True)
class ScanNeeded:
    """The owner has to scan this code with their phone."""

    qr: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened, and the connection is alive."""


Event = (
    MessageReceived
    | MessageEdited
    | MessageRecalled
    | MessageFailed
    | MediaSaved
    | LoggedIn
    | LoggedOut
    | ScanNeeded
    | Heartbeat
)
# Called with the connector's name and the event; the event is safe once the call returned.
Emit = Callable[[str, Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the platform offers."""

    self_echo: bool = False  # what the twin sends comes back as an event, perhaps altered
    send_returns_id: bool = False
    typing: bool = False
    recall: bool = False
    history: bool = False  # the platform shows old messages again from storage
    discloses: bool = False  # friends see there that a twin answers
    keeps_s: float = inf  # so long what is written while nobody is connected is delivered later
    resend_s: int = 0  # so long a message with the key of an earlier one is that message again
    buttons: bool = False  # commands that come with a message can be pressed
    own_stickers: bool = False  # what the owner sent there as a sticker can be sent again
    voices: bool = False  # what is spoken can be sent
    sticker_files: frozenset[str] = frozenset()  # endings of files that can be sent as stickers


class Command(NamedTuple):
    """What the owner can do about a notice; pressed, `text` arrives as though they had typed it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Sticker:
    """A sticker of the owner's that is sent again: by what the folder's `sticker_key` told, or,
    where that is None, as a file, which is there.
    """

    key: str | None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. `key` is the same whenever the same message is sent again.

    With a sticker there is no text. `voice`: the text as sound (Ogg Opus), to be sent instead.
    """

    text: str
    key: str = field(default_factory=lambda: uuid4().hex)
    reply_to: str | None = None
    commands: Sequence[Command] = ()
    sticker: Sticker | None = None
    voice: bytes | None = None


class SendInDoubtError(TwinError):
    """Nobody knows whether the message arrived."""


class SendLaterError(TwinError):
    """It was not sent, and the platform asks to wait so many seconds."""

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class SendRefusedError(TwinError):
    """It was not sent, and never will be; `reason` is a `BurstReason`."""


State = Literal["stopped", "starting", "running", "failed"]


@dataclass(slots=True)
class Status:
    """The state of a connector. `last_event_at` in UTC milliseconds.

    `room`: how many messages the platform takes before somebody writes there again; None: it does
    not count them.
    """

    state: State = field(default="stopped")
    last_event_at: int | None = None
    last_error: str | None = None
    room: int | None = None


class Connector(Protocol):
    """One account on one platform."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def run(self, emit: Emit) -> None:
        """Hand on events until the connection is lost (returns or raises) or `stop` is called."""

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        """Send one message; the platform's id of it where there is one.

        Raises SendInDoubtError, SendLaterError or SendRefusedError where it is known that the
        message may have arrived, comes too soon or is not wanted; any other error is a failure.
        """

    async def typing(self, chat_external_id: str, on: bool) -> None:
        """Show or hide that an answer is being written; nothing where that is unknown."""

    async def stop(self) -> None:
        """End `run`. Harmless when it does not run."""

    def status(self) -> Status: ...


@dataclass(frozen=True, slots=True)
class ConnectorContext:
    """What a connector may use. `data`: the data folder; `web`: None where [web] is off."""

    db: "Database"
    data: Path
    owner: str
    web: "WebServer | None" = None


@dataclass(frozen=True, kw_only=True)
class ConnectorFolder(ConnectorSection[S]):
    """What a folder of twin/connectors declares: the constant `CONNECTOR` of its `__init__`.

    connect: makes the connector. Imports what is heavy, and may fail with ImportError for a package
        that is not installed; raises InputError for settings that can't work.
    problems: what `bot.py doctor` says while the connector is on, given the data folder too.
    stray_files: files of the connector in the data folder that no message has; "forget" deletes
        them. It is given the data folder and the relative paths that messages have.
    own_chat: whether the owner can have a chat with themselves there, to be told of things.
    history: opens the account's past, if the platform shows it. Raises TwinError where it can't.
    sticker_key: what it takes to send a sticker again, from what was logged of it as `raw`; None
        where that is not enough.
    """

    connect: Callable[[S, ConnectorContext], Connector]
    problems: Callable[[S, Path], Sequence[Problem]] = lambda settings, data: ()
    stray_files: Callable[[Path, Container[str]], Sequence[Path]] = lambda data, known: ()
    own_chat: bool = False
    history: "OpenHistory[S] | None" = None
    sticker_key: Callable[[str], str | None] = lambda raw: None


def connector_folders() -> list[ConnectorFolder[Any]]:
    """What each folder declares."""
    return [one for one in connector_sections() if isinstance(one, ConnectorFolder)]


def connect_all(config: Config, context: ConnectorContext) -> list[Connector]:
    """Make every connector that is on. One that lacks a package is logged, and the others go on.

    Raises InputError for a connector's settings that can't work.
    """
    made: list[Connector] = []
    for folder in connector_folders():
        settings = folder.of(config)
        if settings.is_on:
            try:
                made.append(folder.connect(settings, context))
            except ImportError as error:
                log.error("[%s] is left out: %s; install what it needs", folder.section, error)
    return made

"""What of the past is to be brought, how far a run is, and what it brought."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from storage.errors import InputError
from storage.importers.report import FileReport
from storage.importers.same_chats import DoubledChat
from storage.texts import Text
from twin.config.schema import Config
from twin.connectors.base import ConnectorFolder, connector_folders

Account = ConnectorFolder[Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be brought, from `since` on in UTC milliseconds.

    `same`: "Old=New" of chats that are one.
    """

    accounts: Sequence[Account]
    chat: str | None = None
    since: int = 0
    same: Sequence[str] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class HistoryProgress:
    """`done` of `chats`, and how many messages of the one that is being read.

    `left_s`: seconds that it will still take; None while nobody knows.
    """

    chat: str = ""
    messages: int = 0
    done: int = 0
    chats: int = 0
    left_s: float | None = None


class BroughtChat(NamedTuple):
    account: str
    report: FileReport


@dataclass(slots=True)
class HistoryReport:
    """`left_out` has (account or chat, why), `doubles` chats that the log has under another name.

    `cut`: accounts whose run ended before its end, and why; the next run goes on there.
    """

    dry_run: bool
    chats: list[BroughtChat] = field(default_factory=list)
    off: int = 0
    left_out: list[tuple[str, Text]] = field(default_factory=list)
    doubles: list[DoubledChat] = field(default_factory=list)
    cut: list[tuple[str, Text]] = field(default_factory=list)

    @property
    def messages(self) -> int:
        return sum(chat.report.messages for chat in self.chats)

    @property
    def new(self) -> int:
        return sum(chat.report.new for chat in self.chats)


Watch = Callable[[HistoryProgress], None]


def accounts_with_past() -> dict[str, Account]:
    """The connectors that can show their past, by their names, also those that are off."""
    return {one.name: one for one in connector_folders() if one.history}


def history_accounts(config: Config, wanted: str | None = None) -> list[Account]:
    """The connectors that are on and show their past, or one of them. Raises InputError."""
    able = accounts_with_past().values()
    shown = [one for one in able if one.of(config).is_on]
    found = [one for one in shown if wanted is None or wanted in (one.name, one.section)]
    if found:
        return found
    names = ", ".join(one.name for one in shown)
    if wanted is not None and shown:
        raise InputError(
            Text(
                "account '{wanted}': no connection of that name that is on and shows its past; "
                "there is {names}",
                wanted=wanted,
                names=names,
            )
        )
    raise InputError(
        Text(
            "history: no connection that is on shows its past; those that can are {able}: set "
            "`enabled = true` in one, or import an export",
            able=", ".join(f"[{one.section}]" for one in able) or "–",
        )
    )

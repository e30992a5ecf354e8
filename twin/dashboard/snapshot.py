"""State of the twin at one moment, read cheaply: a page asks every few seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.adapters import live_adapter
from storage.drafts import count_drafts
from storage.outbox import count_replies
from storage.preferences import paused_until
from storage.presence import presences
from twin.clock import zone_of
from twin.config.schema import Config
from twin.connectors.base import Connector, State
from twin.dashboard.context import DashboardContext
from twin.diagnostics.doctor import diagnose_running
from twin.diagnostics.findings import Check
from twin.replying.policy import start_of_day


@dataclass(frozen=True, slots=True)
class ConnectorState:
    """One connector. `qr`: what waits to be scanned."""

    name: str
    state: State
    account: str | None
    last_event_at: int | None
    error: str | None
    qr: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Times in UTC milliseconds. `paused_until` is None when a pause is over."""

    paused_until: int | None
    replies_today: int
    drafts: int
    is_training: bool
    next_training_at: int | None
    adapter: str | None
    is_refused: bool
    links: tuple[ConnectorState, ...]


def look(context: DashboardContext) -> Snapshot:
    db, now, training = context.db, context.clock.now(), context.training
    until = paused_until(db)
    adapter = live_adapter(db)
    return Snapshot(
        paused_until=until if until is not None and until > now else None,
        replies_today=count_replies(db, start_of_day(now, zone_of(context.config.schedule))),
        drafts=count_drafts(db),
        is_training=training is not None and training.is_running(),
        next_training_at=training.next_at() if training else None,
        adapter=adapter.name if adapter else None,
        is_refused=context.refusal() is not None,
        links=_links(context),
    )


def _links(context: DashboardContext) -> tuple[ConnectorState, ...]:
    known = {account.platform: account for account in presences(context.db)}

    def link(connector: Connector) -> ConnectorState:
        status, account = connector.status(), known.get(connector.name)
        return ConnectorState(
            connector.name,
            status.state,
            account.account if account and account.logged_in else None,
            status.last_event_at,
            status.last_error,
            account.qr if account else None,
        )

    return tuple(link(connector) for connector in context.connectors)


def problems_of(config: Config) -> Sequence[Check]:
    """What is not as it should be. It takes a while: see `SharedLook`."""
    return tuple(check for check in diagnose_running(config) if check.verdict != "ok")

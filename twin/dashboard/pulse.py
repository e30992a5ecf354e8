"""How the twin does at a moment, read cheaply: a page asks every few seconds."""

from dataclasses import dataclass

from storage.adapters import live_adapter
from storage.drafts import count_drafts
from storage.outbox import count_replies
from storage.presence import presences
from storage.switches import paused_until
from twin.clock import zone_of
from twin.connectors.base import Connector, State
from twin.dashboard.house import House
from twin.policy import start_of_day


@dataclass(frozen=True, slots=True)
class Link:
    """One connector. `qr`: what waits to be scanned."""

    name: str
    state: State
    account: str | None
    last_event_at: int | None
    error: str | None
    qr: str | None


@dataclass(frozen=True, slots=True)
class Pulse:
    """Times in UTC milliseconds. `paused_until` is None when a pause is over."""

    paused_until: int | None
    replies_today: int
    drafts: int
    is_training: bool
    next_training_at: int | None
    adapter: str | None
    links: tuple[Link, ...]


def look(house: House) -> Pulse:
    db, now, training = house.db, house.clock.now(), house.training
    until = paused_until(db)
    adapter = live_adapter(db)
    return Pulse(
        paused_until=until if until is not None and until > now else None,
        replies_today=count_replies(db, start_of_day(now, zone_of(house.config.schedule))),
        drafts=count_drafts(db),
        is_training=training is not None and training.is_running(),
        next_training_at=training.next_at() if training else None,
        adapter=adapter.name if adapter else None,
        links=_links(house),
    )


def _links(house: House) -> tuple[Link, ...]:
    known = {account.platform: account for account in presences(house.db)}

    def link(connector: Connector) -> Link:
        status, account = connector.status(), known.get(connector.name)
        return Link(
            connector.name,
            status.state,
            account.account if account and account.logged_in else None,
            status.last_event_at,
            status.last_error,
            account.qr if account else None,
        )

    return tuple(link(connector) for connector in house.connectors)

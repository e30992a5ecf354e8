"""Tell the owner that a connection is down for longer than it takes to come back by itself."""

from collections.abc import Callable, Sequence

from twin.clock import Clock
from twin.connectors.base import Connector, connector_folders
from twin.replying.notices import Notice, connection_notice

LOOK_S = 10.0
DOWN_S = 5 * 60.0  # a network that is lost, and a gateway that is started again, take less
GAP_S = 6 * 3600.0  # of one that comes and goes


class ConnectionNotices:
    """Each connector is told once until it runs again, and not more often than every `GAP_S`."""

    def __init__(
        self, connectors: Sequence[Connector], tell: Callable[[Notice], None], clock: Clock
    ) -> None:
        self._connectors, self._tell, self._clock = connectors, tell, clock
        self._titles = {folder.name: folder.title for folder in connector_folders()}
        self._down_since: dict[str, float] = {}
        self._told_at: dict[str, float] = {}

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            for connector in self._connectors:
                self._look(connector)
            await self._clock.sleep(LOOK_S)

    def _look(self, connector: Connector) -> None:
        name, status, now = connector.name, connector.status(), self._clock.monotonic()
        if status.state == "running":
            self._down_since.pop(name, None)
            return
        since = self._down_since.setdefault(name, now)
        told = self._told_at.get(name)
        is_news = told is None or (told < since and now - told >= GAP_S)
        if is_news and now - since >= DOWN_S:
            self._told_at[name] = now
            self._tell(connection_notice(self._titles.get(name, name), status.last_error))

"""Whose account the bot is connected to: the first that connected it, and nobody else's."""

import logging
from dataclasses import replace
from pathlib import Path

from telegram import Bot, BusinessConnection
from telegram.error import BadRequest

from twin.connectors.telegram.account import (
    Connection,
    connection_of,
    load_connection,
    save_connection,
)

log = logging.getLogger(__name__)


class OwnerAccount:
    """`connection` is None until the owner connects the bot.

    Anybody who knows a bot's name can connect it to their own account: whoever did so first is the
    owner, and what the bot is told of others is left alone.
    """

    def __init__(self, bot: Bot, data: Path) -> None:
        self._bot, self._data = bot, data
        self.connection = load_connection(data, bot.id)
        self._others: set[str] = set()  # connections
        self._refused: set[int] = set()  # people

    async def look(self) -> None:
        """Ask how the connection is by now. Raises telegram's errors."""
        if self.connection is None:
            return
        try:
            self.take(await self._bot.get_business_connection(self.connection.id))
        except BadRequest:  # the owner removed the bot while nobody listened
            self.remove()

    def take(self, told: BusinessConnection) -> bool:
        """Whether it is the owner's; the newest one counts."""
        known = self.connection
        if told.id in self._others or told.user.id in self._refused:
            return False
        if known is not None and known.owner_id != told.user.id:
            log.warning("telegram: somebody else connected the bot to their account: ignored")
            self._others.add(told.id)
            return False
        if known is None and not told.is_enabled:
            return False
        new = connection_of(self._bot.id, told)
        if known is None or new.id == known.id or new.since >= known.since:
            self._keep(new)
        return True

    async def is_owners(self, connection_id: str | None) -> bool:
        """Whether what came through that connection is the owner's. Raises telegram's errors."""
        if not connection_id or connection_id in self._others:
            return False
        if self.connection is not None and self.connection.id == connection_id:
            return True
        try:
            told = await self._bot.get_business_connection(connection_id)
        except BadRequest:
            log.warning("telegram: a message through a connection that is gone: ignored")
            self._others.add(connection_id)
            return False
        return self.take(told)

    def remove(self) -> None:
        """The owner removed the bot; they stay its owner, and what came before is still theirs."""
        if self.connection is not None:
            self._keep(replace(self.connection, is_enabled=False))

    def refuse(self) -> None:
        """Whoever connected it is not the owner."""
        if self.connection is not None:
            self._refused.add(self.connection.owner_id)
        self.connection = None

    def _keep(self, connection: Connection) -> None:
        if connection != self.connection:
            save_connection(self._data, connection)
            self.connection = connection

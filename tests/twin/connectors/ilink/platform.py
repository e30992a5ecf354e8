"""The bot's owner, with whom it has already spoken today."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storage.database import now_ms
from tests.twin.connectors.ilink.server import BOT, OWNER, TOKEN, FakeILink, serving
from tests.twin.connectors.platforms import Keeps, LosesAnswers, Redelivers
from twin.clock import SYSTEM_CLOCK, Clock
from twin.connectors.ilink.account import Account, save_account
from twin.connectors.ilink.connector import ILinkConnector
from twin.connectors.ilink.conversation import Conversation
from twin.connectors.ilink.messages import CHAT_ID

CAN = (Keeps, LosesAnswers, Redelivers)
BY_OWNER = True
WHILE_AWAY = 100  # one person writes there


class ILinkPlatform:
    """`codes`: those that the connector shows."""

    chat = CHAT_ID

    def __init__(self, fake: FakeILink, server: str, data: Path, clock: Clock) -> None:
        self.fake, self.server, self.data, self._clock = fake, server, data, clock
        self.codes: list[str] = []
        self.connector = self.restarted()

    def restarted(self) -> ILinkConnector:
        """Another connector on the same data folder."""
        self.connector = ILinkConnector(
            self.data, "Ann", self._clock, self.codes.append, self.server
        )
        return self.connector

    async def restart(self) -> None:
        self.restarted()

    async def say(self, text: str) -> None:
        self.fake.say(text)

    async def say_while_away(self, said: Sequence[tuple[str, int]]) -> None:
        for text, at in said:
            self.fake.say(text, create_time_ms=at)

    def lose_the_next_answer(self) -> None:
        self.fake.loses_next = True

    def shown(self) -> list[str]:
        return self.fake.texts


@asynccontextmanager
async def owners_bot(folder: Path, clock: Clock = SYSTEM_CLOCK) -> AsyncIterator[ILinkPlatform]:
    """Logged in before, and the owner wrote last just now."""
    async with serving() as (fake, server):
        save_account(folder, Account(server=server, bot_id=BOT, owner_id=OWNER, token=TOKEN))
        conversation = Conversation(folder, clock)
        conversation.begin(BOT)
        conversation.hear("earlier", "context-0", now_ms())
        await conversation.save()
        fake.give("context-0")
        yield ILinkPlatform(fake, server, folder, clock)


@asynccontextmanager
async def platform(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[ILinkPlatform]:
    async with owners_bot(folder) as made:
        yield made

"""Make pairs for the blind test with the running engine, few and only as they are asked for."""

import asyncio
import logging
import random
from dataclasses import dataclass

from sqlite_utils import Database

from storage.adapters import Adapter, find_adapter
from storage.blind_test import (
    BlindPair,
    Moment,
    Person,
    add_pair,
    count_pairs,
    drop_unjudged,
    next_pair,
    shown_messages,
)
from storage.chats import Chat, get_chat
from storage.errors import TwinError
from storage.listings import page_of_chats
from storage.pieces import split_reply
from storage.stretches import messages_before
from twin.blind.moments import moments_of
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.engine.base import Engine, EngineUnavailable, Limits
from twin.replying.composer import HISTORY, prompt_of
from twin.replying.guard import held_back

log = logging.getLogger(__name__)

MOST_PAIRS = 30  # of one chat with one adapter: enough for an interval of ±18%
MOST_CHATS = 20  # the most recent, where no chat is asked for
MOST_TRIES = 4  # moments that are asked for one pair: an answer may be the owner's word for word


@dataclass(frozen=True, slots=True)
class _Place:
    """A moment, by what says that it was tried: the adapter and the answer's first message."""

    chat: Chat
    moment: Moment

    def key(self, adapter: Adapter) -> tuple[int, int]:
        return adapter.id, self.moment.answer[0].id


class BlindTest:
    """Of the live adapter. One pair is made at a time, behind what friends wait for."""

    def __init__(
        self,
        config: Config,
        db: Database,
        engine: Engine,
        clock: Clock = SYSTEM_CLOCK,
        dice: random.Random | None = None,
    ) -> None:
        self._config, self._db, self._engine, self._clock = config, db, engine, clock
        self._dice = dice or random.SystemRandom()
        self._making = asyncio.Lock()
        self._tried: set[tuple[int, int]] = set()

    def adapter(self) -> Adapter | None:
        """The one whose answers are judged; None while the base answers or is being loaded."""
        try:
            name = self._engine.adapter
            return find_adapter(self._db, name) if name else None
        except TwinError:
            return None

    def waiting_pair(self, who: Person, chat_id: int | None = None) -> BlindPair | None:
        """A pair that is there already and that they have not judged, of that chat or of any."""
        adapter = self.adapter()
        return next_pair(self._db, adapter.id, who, chat_id) if adapter else None

    async def next_pair(self, who: Person, chat_id: int | None = None) -> BlindPair | None:
        """A pair for them, made now if none waits; None when there is nothing left to judge."""
        async with self._making:
            pair = self.waiting_pair(who, chat_id)
            if pair is None and await self._make(chat_id):
                pair = self.waiting_pair(who, chat_id)
            return pair

    async def _make(self, chat_id: int | None) -> bool:
        """Store one more pair; False when no moment gives one."""
        adapter = self.adapter()
        if adapter is None or adapter.forgotten_at is not None:
            return False
        drop_unjudged(self._db, adapter.id)
        for place in self._places(adapter, chat_id):
            self._tried.add(place.key(adapter))
            answer = await self._answer(place, adapter)
            if answer is None:
                continue
            first, now = self._dice.random() < 0.5, self._clock.now()
            if add_pair(self._db, adapter.id, place.moment, answer, twin_first=first, now=now):
                return True
        return False

    def _places(self, adapter: Adapter, chat_id: int | None) -> list[_Place]:
        """Where a pair may be made, at random, of the chats that have few before the others.

        No message is shown in two: the context of one would tell the answer of another.
        """
        found: list[tuple[int, float, _Place]] = []
        for chat in self._chats(chat_id):
            there = count_pairs(self._db, adapter.id, chat.id)
            if there >= MOST_PAIRS:
                continue
            shown = shown_messages(self._db, chat.id)
            for moment in moments_of(self._db, self._config, chat, adapter):
                place = _Place(chat, moment)
                if place.key(adapter) not in self._tried and shown.isdisjoint(moment.messages):
                    found.append((there, self._dice.random(), place))
        return [place for *_, place in sorted(found, key=lambda each: each[:2])[:MOST_TRIES]]

    def _chats(self, chat_id: int | None) -> list[Chat]:
        if chat_id is not None:
            return [get_chat(self._db, chat_id)]
        page, _ = page_of_chats(self._db, limit=MOST_CHATS)
        return [get_chat(self._db, listed.id) for listed in page]

    async def _answer(self, place: _Place, adapter: Adapter) -> str | None:
        """What the twin would have answered there, in lines; None where it is of no use."""
        chat, moment = place.chat, place.moment
        try:
            text = await self._generate(chat, moment, adapter)
        except EngineUnavailable:
            self._tried.discard(place.key(adapter))  # it is none of the moment's fault
            return None
        except Exception as error:  # boundary: any model error becomes "no pair"
            log.error("blind test: generating failed (%s)", type(error).__name__)
            log.debug("blind test", exc_info=True)
            return None
        lines = "\n".join(split_reply(text))
        same = lines.split() == "\n".join(one.text for one in moment.answer).split()
        if not lines or same or await held_back(self._config, self._db, lines, chat.id):
            return None
        # Another adapter may have gone live while this one answered.
        now = self.adapter()
        return lines if now is not None and now.id == adapter.id else None

    async def _generate(self, chat: Chat, moment: Moment, adapter: Adapter) -> str:
        question = moment.question
        before = messages_before(self._db, chat.id, question[0].sent_at, HISTORY)
        turns, _ = await prompt_of(self._db, self._config, chat, before, question, adapter)
        limits = Limits(self._config.reply.max_tokens)
        return (await self._engine.reply(turns, limits)).text

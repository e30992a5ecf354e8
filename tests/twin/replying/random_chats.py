"""A bot with two accounts and what happens to it, judged whenever a message leaves."""

import asyncio
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from storage.chats import get_chat
from storage.people import chats_elsewhere, link_chats
from storage.preferences import paused_until
from tests.twin.driver import Bot
from tests.twin.fakes import FakeTime, chat_with, run_tasks, said
from tests.twin.replying.random_platform import RandomPlatform, Talker, echo_of
from twin.clock import zone_of
from twin.connectors.base import (
    Event,
    MessageEdited,
    MessageRecalled,
    MessageReceived,
    Outgoing,
)
from twin.replying.bursts import open_bursts
from twin.replying.policy import in_quiet_hours
from twin.replying.set_clock import follow_clock

COUNTS: Counter[str] = Counter()
ACCOUNTS = {"ann": "fake", "bob": "fake", "anna": "other"}  # by the friend's id there
FRIENDS = tuple(ACCOUNTS)
PER_HOUR, PER_DAY = 5, 12  # messages
LIMIT_S, SLACK_S = 1800.0, 150.0  # what is older is not answered; clocks may disagree by that
HOUR_S = 3600


class RandomChats(RuleBasedStateMachine):
    """`told`: texts that the platform delivered and the log must hold, by friend."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.time, self.engine = FakeTime(), Talker()
        self.number = self.edits = 0
        self.told: dict[str, list[str]] = defaultdict(list)
        self.events: deque[MessageReceived] = deque(maxlen=20)
        self.echoes: list[MessageReceived] = []
        self.recalled: set[str] = set()
        self.sent: list[str] = []
        self.replies: dict[str, tuple[str, float]] = {}
        self.silent_until: dict[str, float] = defaultdict(int)
        self.violations: list[str] = []
        # When what was said so was written or last changed, in seconds of the machine's life; and
        # the newest decision when it was changed to something else.
        self.written: dict[str, float] = {}
        self.changed: dict[str, int] = {}
        self.now_reads: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.platforms: dict[str, RandomPlatform]
        self.bot: Bot

    def teardown(self) -> None:
        try:
            self.run(self.finish())
        finally:
            self.bot.db.close()
            self.loop.close()
            self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        COUNTS["events"] += 1
        self.loop.run_until_complete(work)

    async def start(self) -> None:
        policy: dict[str, object] = {"max_per_chat_hour": PER_HOUR, "max_per_day": PER_DAY}
        # A slow hand: much happens between two pieces.
        slow: dict[str, object] = {"chars_per_second": 0.2}
        folder = Path(self.folder.name)
        fake, other = self.platforms.values()
        self.bot = Bot(folder, self.time, fake, self.engine, [other], policy=policy, reply=slow)
        ann, _, anna = [chat_with(self.bot.db, who, on) for who, on in ACCOUNTS.items()]
        if not chats_elsewhere(self.bot.db, ann.id):
            link_chats(self.bot.db, ann.id, anna.id)
        self.bot.replies.start()
        await run_tasks()

    def now_ms(self) -> int:
        """By the clock of the platforms."""
        return round(self.time.seconds * 1000)

    def event(
        self, side: str, friend: str, *, with_id: bool, from_owner: bool = False
    ) -> MessageReceived:
        self.number += 1
        name = f"{side}{self.number}"
        self.written[name] = self.time.seconds
        return said(
            name,
            self.time.seconds,
            friend=friend,
            id=name if with_id else None,
            from_owner=from_owner,
        )

    async def deliver(self, event: MessageReceived) -> None:
        self.events.append(event)
        if self.chat(event.chat_external_id).mode != "off":
            self.told[event.chat_external_id].append(event.text)
        await self.tell(event)
        await run_tasks()

    async def tell(self, event: Event) -> None:
        """Of its account."""
        assert isinstance(event, MessageReceived | MessageEdited | MessageRecalled)
        await self.bot.inbox.handle(ACCOUNTS[event.chat_external_id], event)

    def change(self, event: MessageReceived) -> None:
        """Its sender changes the message."""
        self.edits += 1
        text = f"{event.text}e{self.edits}"
        assert event.external_id is not None
        edit = MessageEdited(event.chat_external_id, event.external_id, text, self.now_ms())
        changes = self.note_change(event, text)
        if changes and event.from_owner and not event.is_history:
            self.note_takeover(event.chat_external_id)
        self.run(self.tell(edit))

    def note_change(self, event: MessageReceived, text: str) -> bool:
        """Whether it changes what is logged."""
        before = self.now_reads.get(event.text, event.text)
        told = self.told_there(event)
        chat = self.chat(event.chat_external_id)
        changes = before in told and before not in self.recalled and chat.mode != "off"
        if changes:
            told[told.index(before)] = text
            self.now_reads[event.text] = text
            self.written[text] = self.time.seconds
            (newest,) = self.bot.db.execute("SELECT COALESCE(MAX(id), 0) FROM decisions").fetchone()
            self.changed[before] = newest
            COUNTS["edits"] += 1
        return changes

    def note_takeover(self, friend: str) -> None:
        minutes = self.bot.config.policy.takeover_minutes
        if self.chat(friend).mode in ("auto", "draft"):
            self.silent_until[friend] = self.time.seconds + minutes * 60

    async def follow_clock(self) -> None:
        """As the bot does every two seconds."""
        replies = self.bot.replies
        await follow_clock(replies._steady, self.bot.db, replies._writes)

    async def finish_thinking(self) -> None:
        for future in self.engine.slow:
            if not future.done():
                future.set_result(None)
        self.engine.slow.clear()
        await run_tasks()

    async def hang(self, slow: bool) -> None:
        for platform in self.platforms.values():
            if slow:
                platform.gate = platform.gate or asyncio.Event()
            elif platform.gate is not None:
                platform.gate.set()
                platform.gate = None
        await run_tasks()

    async def end_and_begin_again(self) -> None:
        """Nothing can be written any more, and then every task is gone.

        The clock is right when it starts again: who could tell how late an echo is?
        """
        self.time.skew = 0
        await self.follow_clock()
        self.bot.db.conn.close()
        for task in list(self.bot.replies._tasks):
            task.cancel()
        await run_tasks()
        for platform in self.platforms.values():
            platform.gate = None
        await self.start()

    async def finish(self) -> None:
        """Everything calms down: no burst may be left open, and no echo unexplained."""
        self.engine.is_slow = False
        for platform in self.platforms.values():
            platform.status().state = "running"
            platform.ends.clear()
        await self.finish_thinking()
        await self.hang(False)
        await self.time.advance(3600)
        for echo in self.echoes:
            await self.tell(echo)
        assert open_bursts(self.bot.db) == {}
        for (state,) in self.bot.db.execute("SELECT state FROM outbox"):
            COUNTS[f"pieces {state}"] += 1
        for (how,) in self.bot.db.execute("SELECT how FROM corrections WHERE chosen IS NOT NULL"):
            COUNTS[f"corrections {how}"] += 1
        COUNTS["messages"] += self.number
        self.check_log()
        await self.bot.replies.stop()
        assert self.violations == []

    def judge_sending(
        self, platform: RandomPlatform, friend: str, message: Outgoing, is_new: bool
    ) -> None:
        """Called when a piece leaves. Only notes it: the bot survives what `send` raises."""
        text = message.text
        db, chat, now = self.bot.db, self.chat(friend), self.time.now()
        created, state = db.execute(
            "SELECT created_at, state FROM outbox WHERE text = ?", [text]
        ).fetchone()
        quiet = self.bot.config.policy.quiet_hours
        key = self.keys.setdefault(text, message.key)
        again = is_new and text in self.sent
        made_at = self.time.seconds - (now - created) / 1000
        if is_new:
            self.sent.append(text)
            if message.key not in platform.denied:  # nobody can count these
                self.replies[text] = (friend, made_at)
            if platform.capabilities.self_echo:
                self.echoes.append(echo_of(platform, friend, message, self.time.seconds))
        lately = self.time.seconds - HOUR_S
        recent = [who for who, at in self.replies.values() if at > lately]
        today = [who for who, at in self.replies.values() if at > lately - 23 * HOUR_S]
        words, newest = self._answered_by(text)
        broken = {
            "shown twice": again,
            "sent under two keys": key != message.key,
            "not written down before": state != "sending",
            f"sent in mode {chat.mode}": chat.mode != "auto",
            "sent in a paused chat": self.time.seconds < self.silent_until[friend],
            "sent though all is paused": paused_until(db) is not None,
            "sent in quiet hours": in_quiet_hours(now, quiet, zone_of(self.bot.config.schedule)),
            "more than allowed in an hour": recent.count(friend) > PER_HOUR,
            "more than allowed in a day": len(today) > PER_DAY,
            f"an answer to {words}, which was changed": bool(words),
            "an answer to what is too old": made_at - newest > LIMIT_S + SLACK_S,
        }
        self.violations += [f"{text}: {rule}" for rule, is_broken in broken.items() if is_broken]
        COUNTS["sent" if is_new else "sent again or lost"] += 1

    def _answered_by(self, text: str) -> tuple[list[str], float]:
        """Of the burst that it answers: what had been changed before, and when it was said."""
        number, chat_id, last = self.bot.db.execute(
            "SELECT d.id, d.chat_id, last_message_id FROM outbox o JOIN decisions d "
            "ON d.id = decision_id WHERE text = ?",
            [text],
        ).fetchone()
        rows = self.bot.db.execute(
            "SELECT text, external_id FROM messages WHERE chat_id = :chat AND origin = 'peer' "
            "AND source = 'live' AND id <= :last AND id > (SELECT COALESCE(MAX(last_message_id), "
            "0) FROM decisions WHERE chat_id = :chat AND id < :number AND reason NOT IN "
            "('taken back by the friend', 'changed by the friend'))",
            {"chat": chat_id, "last": last, "number": number},
        ).fetchall()
        burst = {external_id for _, external_id in rows if external_id}
        asked = self.engine.asked_by[text.split("\n")[0].rstrip("abc")]
        gone = [
            line
            for line in asked
            if self.changed.get(line, number) < number and line.split("e")[0] in burst
        ]
        return gone, max(self.written[words] for words, _ in rows)

    def check_log(self) -> None:
        """Everything is logged once, and is whose it is."""
        rows = self.bot.db.execute(
            "SELECT c.external_id, m.origin, m.text FROM messages m "
            "JOIN chats c ON c.id = m.chat_id"
        ).fetchall()
        for friend in FRIENDS:
            texts = [text for who, origin, text in rows if who == friend and origin != "twin"]
            assert sorted(texts) == sorted(self.told[friend])
        twins = [text for _, origin, text in rows if origin == "twin"]
        assert len(set(twins)) == len(twins)
        assert set(twins) <= set(self.sent)

    def is_told(self, event: MessageReceived) -> bool:
        return self.now_reads.get(event.text, event.text) in self.told_there(event)

    def told_there(self, event: MessageReceived) -> list[str]:
        return self.told[event.chat_external_id]

    def chat(self, friend: str) -> Any:
        [row] = self.bot.db.execute("SELECT id FROM chats WHERE external_id = ?", [friend])
        return get_chat(self.bot.db, row[0])

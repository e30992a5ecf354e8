"""Random friends, owners, echoes, recalls, switches, crashes and clocks against the real replies.

`TWIN_EVENTS=100000 python -m pytest tests/twin/replying/test_state_machine.py` runs as many events;
the figures in docs/reliability.md come from that.
"""

import asyncio
import os
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from storage.chats import get_chat, pause_chat, set_mode
from storage.preferences import pause_all, paused_until, resume_all
from tests.alterations import ALTERATIONS
from tests.twin.driver import Bot
from tests.twin.fakes import FakeConnector, FakeEngine, FakeTime, chat_with, run_tasks, said
from twin.clock import zone_of
from twin.connectors.base import Capabilities, MessageRecalled, MessageReceived
from twin.engine.base import Limits, Reply
from twin.prompting.chat_template import Turn
from twin.replying.bursts import open_bursts
from twin.replying.policy import in_quiet_hours
from twin.replying.set_clock import follow_clock

pytestmark = pytest.mark.slow

COUNTS: Counter[str] = Counter()
EVENTS = int(os.environ.get("TWIN_EVENTS", "4000"))
STEPS = 50
FRIENDS = ("ann", "bob")
PER_HOUR, PER_DAY = 5, 12  # messages
HOUR_S = 3600
SECONDS = [0.1, 1, 3.9, 4, 5, 21, 61, 700, 1801, 3601, 30_000]
friends = st.sampled_from(FRIENDS)


class Talker(FakeEngine):
    """Answers `r1a`, `r1b`, … so that every piece that is ever sent has words of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.lines = 1
        self.slow: list[asyncio.Future[None]] = []
        self.is_slow = False

    async def reply(self, turns: Sequence[Turn], limits: Limits | None = None) -> Reply:
        self.asked.append(list(turns))
        if self.is_slow:
            self.slow.append(asyncio.get_running_loop().create_future())
            await self.slow[-1]
        self.number += 1
        text = "\n".join(f"r{self.number}{letter}" for letter in "abc"[: self.lines])
        return Reply(text, 1, True, 0.0)


class OwnerInCharge(RuleBasedStateMachine):
    """`told`: texts that the platform delivered and the log must hold, by friend."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.time, self.engine = FakeTime(), Talker()
        self.number = 0
        self.told: dict[str, list[str]] = defaultdict(list)
        self.events: deque[MessageReceived] = deque(maxlen=20)
        self.echoes: list[MessageReceived] = []
        self.recalled: set[str] = set()
        self.sent: list[str] = []
        self.replies: dict[str, tuple[str, float]] = {}
        self.silent_until: dict[str, float] = defaultdict(int)
        self.violations: list[str] = []
        self.platform: FakeConnector
        self.bot: Bot

    def teardown(self) -> None:
        try:
            self.run(self._finish())
        finally:
            self.bot.db.close()
            self.loop.close()
            self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        COUNTS["events"] += 1
        self.loop.run_until_complete(work)

    @initialize(echo=st.booleans(), ids=st.booleans())
    def begin(self, echo: bool, ids: bool) -> None:
        capabilities = Capabilities(self_echo=echo, send_returns_id=ids, discloses=True)
        self.platform = FakeConnector(capabilities=capabilities)
        self.platform.on_send = self._judge_sending
        self.run(self._start())

    async def _start(self) -> None:
        policy: dict[str, object] = {"max_per_chat_hour": PER_HOUR, "max_per_day": PER_DAY}
        # A slow hand: much happens between two pieces.
        slow: dict[str, object] = {"chars_per_second": 0.2}
        folder = Path(self.folder.name)
        self.bot = Bot(folder, self.time, self.platform, self.engine, policy=policy, reply=slow)
        for friend in FRIENDS:
            chat_with(self.bot.db, friend)
        self.bot.replies.start()
        await run_tasks()

    # What happens to a bot

    @rule(friend=friends, known=st.booleans(), wait=st.sampled_from([0, 0, 5, 30]))
    def friend_writes(self, friend: str, known: bool, wait: float) -> None:
        self.run(self._deliver(self._event("f", friend, with_id=known)))
        self.run(self.time.advance(wait))

    @rule(friend=friends, count=st.integers(1, 4), mode=st.sampled_from(["auto", "auto", "draft"]))
    def a_conversation(self, friend: str, count: int, mode: str = "auto") -> None:
        """Without it a chat is almost never on, connected and unpaused at once."""
        self.owner_switches(friend, mode)
        self.owner_pauses_a_chat(friend, None)
        resume_all(self.bot.db)
        self.platform.status().state = "running"
        for _ in range(count):
            self.run(self._deliver(self._event("f", friend, with_id=True)))
            self.run(self.time.advance(45))

    @rule(friend=friends)
    def owner_writes(self, friend: str) -> None:
        self.run(self._deliver(self._event("o", friend, with_id=True, from_owner=True)))
        minutes = self.bot.config.policy.takeover_minutes
        if self._chat(friend).mode in ("auto", "draft"):
            self.silent_until[friend] = self.time.seconds + minutes * 60

    @rule()
    def platform_repeats_itself(self) -> None:
        known = [e for e in self.events if e.external_id and e.text in self._told(e)]
        if known:
            self.run(self.bot.inbox.handle("fake", known[0]))

    @rule(nth=st.integers(0, 5))
    def echo_arrives(self, nth: int) -> None:
        if self.echoes:
            echo = self.echoes.pop(min(nth, len(self.echoes) - 1))
            self.run(self.bot.inbox.handle("fake", echo))

    @rule()
    def friend_recalls(self) -> None:
        known = [e for e in self.events if e.external_id and e.text[0] == "f"]
        if known:
            event = known[-1]
            assert event.external_id is not None
            self.recalled.add(event.text)
            recall = MessageRecalled(event.chat_external_id, event.external_id)
            self.run(self.bot.inbox.handle("fake", recall))

    @rule(friend=friends)
    def owner_recalls(self, friend: str) -> None:
        """The twin's last words there, so far as the platform gave them an id."""
        rows = self.bot.db.execute(
            "SELECT external_id FROM messages WHERE chat_id = ? AND origin = 'twin' "
            "AND external_id IS NOT NULL ORDER BY id DESC LIMIT 1",
            [self._chat(friend).id],
        ).fetchall()
        for (message,) in rows:
            self.run(self.bot.inbox.handle("fake", MessageRecalled(friend, message)))

    @rule(friend=friends, recalls=st.booleans())
    def owner_corrects(self, friend: str, recalls: bool) -> None:
        """Without this rule the owner almost never writes soon enough after the twin."""
        self.a_conversation(friend, 1)
        if recalls:
            self.echo_arrives(len(self.echoes))
            self.owner_recalls(friend)
        self.owner_writes(friend)

    @rule(friend=friends, mode=st.sampled_from(["off", "log", "draft", "auto", "auto", "auto"]))
    def owner_switches(self, friend: str, mode: str) -> None:
        set_mode(self.bot.db, self._chat(friend).id, mode)

    @rule(friend=friends, minutes=st.sampled_from([None, 10]))
    def owner_pauses_a_chat(self, friend: str, minutes: int | None) -> None:
        until = minutes and self.time.now() + minutes * 60_000
        pause_chat(self.bot.db, self._chat(friend).id, until)
        self.silent_until[friend] = self.time.seconds + minutes * 60 if minutes else 0

    @rule(pause=st.sampled_from([False, False, True]))
    def owner_pauses_everything(self, pause: bool) -> None:
        (pause_all if pause else resume_all)(self.bot.db)

    @rule(seconds=st.sampled_from(SECONDS))
    def time_passes(self, seconds: float) -> None:
        self.run(self.time.advance(seconds))

    @rule(seconds=st.sampled_from([-7200, -60, 60, 7200]))
    def clock_is_set(self, seconds: float) -> None:
        self.time.skew += seconds
        self.run(self._follow_clock())

    @rule(slow=st.booleans(), lines=st.integers(1, 3))
    def model_changes_pace(self, slow: bool, lines: int) -> None:
        self.engine.is_slow, self.engine.lines = slow, lines
        if not slow:
            self.run(self._finish_thinking())

    @rule(state=st.sampled_from(["running", "running", "failed"]))
    def connection_changes(self, state: Any) -> None:
        self.platform.status().state = state

    @rule(slow=st.booleans())
    def sending_hangs(self, slow: bool) -> None:
        self.run(self._hang(slow))

    @rule(friend=friends, while_sending=st.booleans())
    def crash(self, friend: str, while_sending: bool) -> None:
        if while_sending:
            self.run(self._hang(True))
            self.a_conversation(friend, 1)
        self.run(self._crash())

    # How it happens

    def _event(
        self, side: str, friend: str, *, with_id: bool, from_owner: bool = False
    ) -> MessageReceived:
        self.number += 1
        name = f"{side}{self.number}"
        return said(
            name,
            self.time.seconds,
            friend=friend,
            id=name if with_id else None,
            from_owner=from_owner,
        )

    async def _deliver(self, event: MessageReceived) -> None:
        self.events.append(event)
        if self._chat(event.chat_external_id).mode != "off":
            self.told[event.chat_external_id].append(event.text)
        await self.bot.inbox.handle("fake", event)
        await run_tasks()

    async def _follow_clock(self) -> None:
        """As the bot does every two seconds."""
        replies = self.bot.replies
        await follow_clock(replies._steady, self.bot.db, replies._writes)

    async def _finish_thinking(self) -> None:
        for future in self.engine.slow:
            if not future.done():
                future.set_result(None)
        self.engine.slow.clear()
        await run_tasks()

    async def _hang(self, slow: bool) -> None:
        if slow:
            self.platform.gate = self.platform.gate or asyncio.Event()
        elif self.platform.gate is not None:
            self.platform.gate.set()
            self.platform.gate = None
            await run_tasks()

    async def _crash(self) -> None:
        """Nothing can be written any more, and then every task is gone.

        The clock is right when it starts again: who could tell how late an echo is?
        """
        self.time.skew = 0
        await self._follow_clock()
        self.bot.db.conn.close()
        for task in list(self.bot.replies._tasks):
            task.cancel()
        await run_tasks()
        self.platform.gate = None
        await self._start()

    async def _finish(self) -> None:
        """Everything calms down: no burst may be left open, and no echo unexplained."""
        self.engine.is_slow = False
        self.platform.status().state = "running"
        await self._finish_thinking()
        await self._hang(False)
        await self.time.advance(3600)
        for echo in self.echoes:
            await self.bot.inbox.handle("fake", echo)
        assert open_bursts(self.bot.db) == {}
        for (state,) in self.bot.db.execute("SELECT state FROM outbox"):
            COUNTS[f"pieces {state}"] += 1
        for (how,) in self.bot.db.execute("SELECT how FROM corrections WHERE chosen IS NOT NULL"):
            COUNTS[f"corrections {how}"] += 1
        COUNTS["messages"] += self.number
        self.everything_is_logged_once()
        await self.bot.replies.stop()
        assert self.violations == []

    # What must hold

    def _judge_sending(self, text: str) -> None:
        """Called when a piece leaves. Only notes it: the bot survives what `send` raises."""
        friend = self.platform.sent[-1][0]
        db, chat, now = self.bot.db, self._chat(friend), self.time.now()
        created, state = db.execute(
            "SELECT created_at, state FROM outbox WHERE text = ?", [text]
        ).fetchone()
        quiet = self.bot.config.policy.quiet_hours
        again = text in self.sent
        self.sent.append(text)
        made_at = self.time.seconds - (now - created) / 1000
        self.replies[text] = (friend, made_at)
        lately = self.time.seconds - HOUR_S
        recent = [who for who, at in self.replies.values() if at > lately]
        today = [who for who, at in self.replies.values() if at > lately - 23 * HOUR_S]
        broken = {
            "sent twice": again,
            "not written down before": state != "sending",
            f"sent in mode {chat.mode}": chat.mode != "auto",
            "sent in a paused chat": self.time.seconds < self.silent_until[friend],
            "sent though all is paused": paused_until(db) is not None,
            "sent in quiet hours": in_quiet_hours(now, quiet, zone_of(self.bot.config.schedule)),
            "more than allowed in an hour": recent.count(friend) > PER_HOUR,
            "more than allowed in a day": len(today) > PER_DAY,
        }
        self.violations += [f"{text}: {rule}" for rule, is_broken in broken.items() if is_broken]
        COUNTS["sent"] += 1
        if self.platform.capabilities.self_echo:
            echo_id = f"id-{len(self.platform.sent)}"
            alter = list(ALTERATIONS.values())[len(self.sent) % len(ALTERATIONS)]
            echo = said(alter(text), self.time.seconds, friend=friend, id=echo_id, from_owner=True)
            self.echoes.append(echo)

    @invariant()
    def nothing_was_sent_against_the_rules(self) -> None:
        assert self.violations == []

    @invariant()
    def only_friends_are_answered(self) -> None:
        for burst in self.engine.bursts:
            lines = burst.split("\n")
            assert all(line.startswith("f") for line in lines)
            assert not self.recalled.intersection(lines)
        self.engine.asked.clear()

    @invariant()
    def everything_is_logged_once(self) -> None:
        if not hasattr(self, "bot"):
            return
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

    @invariant()
    def a_correction_sets_the_owners_words_against_one_reply(self) -> None:
        if not hasattr(self, "bot"):
            return
        rows = self.bot.db.execute("SELECT chat_id, how, rejected, chosen FROM corrections")
        for chat_id, how, rejected, chosen in rows.fetchall():
            said = rejected.split("\n")
            # Near a limit, the lines of a reply are one message.
            assert set(said) <= {line for text in self.sent for line in text.split("\n")}
            assert len({text.rstrip("abc") for text in said}) == 1
            words = chosen.split("\n") if chosen else []
            assert all(word[0] == "o" for word in words)
            if how == "contradicted":
                assert not self._friend_wrote_between(chat_id, said[0], words[-1])

    def _friend_wrote_between(self, chat_id: int, first: str, last: str) -> bool:
        origins = self.bot.db.execute(
            "SELECT origin FROM messages WHERE chat_id = :chat AND id BETWEEN "
            "(SELECT id FROM messages WHERE text || char(10) LIKE :first || char(10) || '%') AND "
            "(SELECT id FROM messages WHERE text = :last)",
            {"chat": chat_id, "first": first, "last": last},
        )
        return ("peer",) in origins.fetchall()

    def _told(self, event: MessageReceived) -> list[str]:
        return self.told[event.chat_external_id]

    def _chat(self, friend: str) -> Any:
        [row] = self.bot.db.execute("SELECT id FROM chats WHERE external_id = ?", [friend])
        return get_chat(self.bot.db, row[0])


TestOwnerInCharge = OwnerInCharge.TestCase
TestOwnerInCharge.settings = settings(
    max_examples=EVENTS // STEPS,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="TWIN_EVENTS" not in os.environ,
)


def test_the_machine_reached_what_it_is_to_judge() -> None:
    """After the machine above: random events that never lead to a reply would prove nothing."""
    print(dict(COUNTS))
    reached = ["sent", "pieces draft", "pieces cancelled", "pieces doubt"]
    reached += ["corrections recalled", "corrections contradicted"]
    assert all(COUNTS[name] for name in reached)

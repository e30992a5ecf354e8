"""Random friends, owners, echoes, changes, doubts, crashes and clocks against the real replies.

Two accounts, one of which knows a message that is sent again; Ann writes on both.

`TWIN_EVENTS=100000 python -m pytest tests/twin/replying/test_state_machine.py` runs as many events;
the figures in docs/reliability.md come from that.
"""

import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from storage.chats import pause_chat, set_mode
from storage.preferences import pause_all, resume_all
from tests.twin.replying.random_chats import ACCOUNTS, COUNTS, FRIENDS, RandomChats
from tests.twin.replying.random_platform import ENDS, RandomPlatform
from twin.connectors.base import (
    Capabilities,
    MessageEdited,
    MessageRecalled,
)

pytestmark = pytest.mark.slow

EVENTS = int(os.environ.get("TWIN_EVENTS", "4000"))
STEPS = 50
SECONDS = [0.1, 1, 3.9, 4, 5, 21, 61, 700, 1801, 3601, 30_000]
friends, accounts = st.sampled_from(FRIENDS), st.sampled_from(list(ACCOUNTS.values()))


class OwnerInCharge(RandomChats):
    """What may happen, in any order, and what must hold after each."""

    @initialize(echo=st.booleans(), ids=st.booleans())
    def begin(self, echo: bool, ids: bool) -> None:
        capabilities = Capabilities(self_echo=echo, send_returns_id=ids, discloses=True)
        resending = Capabilities(self_echo=ids, send_returns_id=True, discloses=True, resend_s=3600)
        self.platforms = {
            "fake": RandomPlatform("fake", capabilities),
            "other": RandomPlatform("other", resending),
        }
        for platform in self.platforms.values():
            platform.judge = self.judge_sending
        self.run(self.start())

    # What happens to a bot

    @rule(friend=friends, known=st.booleans(), wait=st.sampled_from([0, 0, 5, 30]))
    def friend_writes(self, friend: str, known: bool, wait: float) -> None:
        self.run(self.deliver(self.event("f", friend, with_id=known)))
        self.run(self.time.advance(wait))

    @rule(friend=friends, count=st.integers(1, 4), mode=st.sampled_from(["auto", "auto", "draft"]))
    def a_conversation(self, friend: str, count: int, mode: str = "auto") -> None:
        """Without it a chat is almost never on, connected and unpaused at once."""
        self.owner_switches(friend, mode)
        self.owner_pauses_a_chat(friend, None)
        resume_all(self.bot.db)
        self.platforms[ACCOUNTS[friend]].status().state = "running"
        for _ in range(count):
            self.run(self.deliver(self.event("f", friend, with_id=True)))
            self.run(self.time.advance(45))

    @rule(friend=friends)
    def owner_writes(self, friend: str) -> None:
        self.run(self.deliver(self.event("o", friend, with_id=True, from_owner=True)))
        self.note_takeover(friend)

    @rule()
    def platform_repeats_itself(self) -> None:
        known = [e for e in self.events if e.external_id and self.is_told(e)]
        if known:
            self.run(self.tell(known[0]))

    @rule(nth=st.integers(0, 5))
    def echo_arrives(self, nth: int) -> None:
        if self.echoes:
            echo = self.echoes.pop(min(nth, len(self.echoes) - 1))
            self.run(self.tell(echo))

    @rule()
    def friend_recalls(self) -> None:
        known = [e for e in self.events if e.external_id and e.text[0] == "f"]
        if known:
            event = known[-1]
            assert event.external_id is not None
            self.recalled.add(self.now_reads.get(event.text, event.text))
            self.run(self.tell(MessageRecalled(event.chat_external_id, event.external_id)))

    @rule(nth=st.integers(1, 3), whose=st.sampled_from("ffo"))
    def somebody_edits(self, nth: int, whose: str) -> None:
        known = [e for e in self.events if e.external_id and e.text[0] == whose]
        if len(known) >= nth:
            self.change(known[-nth])

    @rule(friend=friends, thinks=st.booleans())
    def friend_edits_what_is_being_answered(self, friend: str, thinks: bool) -> None:
        """Without this rule an edit almost never comes in time."""
        self.engine.is_slow = thinks
        self.a_conversation(friend, 0)
        self.friend_writes(friend, True, 5 if thinks else 1)
        self.change(self.events[-1])
        if thinks:
            self.model_changes_pace(False, self.engine.lines)

    @rule(friend=friends)
    def an_edit_comes_before_its_message(self, friend: str) -> None:
        event = self.event("f", friend, with_id=True)
        assert event.external_id is not None
        edit = MessageEdited(friend, event.external_id, f"{event.text}e", event.sent_at)
        self.run(self.tell(edit))
        self.run(self.deliver(event))
        self.note_change(event, f"{event.text}e")

    @rule(friend=friends, minutes=st.sampled_from([3, 45, 600]), from_owner=st.booleans())
    def something_comes_late(self, friend: str, minutes: int, from_owner: bool) -> None:
        """As history of the platform's, or as a message that was held up on its way."""
        event = self.event("o" if from_owner else "f", friend, with_id=True, from_owner=from_owner)
        # No two are equally late: that would be a platform whose clock is behind.
        late_s = minutes * 60 + self.number * 13
        event = replace(
            event, sent_at=event.sent_at - late_s * 1000, is_history=from_owner or minutes == 600
        )
        self.run(self.deliver(event))
        self.written[event.text] = self.time.seconds - late_s

    @rule(account=accounts, ends=st.lists(st.sampled_from(list(ENDS)), max_size=3))
    def sending_goes_wrong(self, account: str, ends: list[str]) -> None:
        self.platforms[account].ends.extend(ends)

    @rule(friend=friends)
    def owner_recalls(self, friend: str) -> None:
        """The twin's last words there, so far as the platform gave them an id."""
        rows = self.bot.db.execute(
            "SELECT external_id FROM messages WHERE chat_id = ? AND origin = 'twin' "
            "AND external_id IS NOT NULL ORDER BY id DESC LIMIT 1",
            [self.chat(friend).id],
        ).fetchall()
        for (message,) in rows:
            self.run(self.tell(MessageRecalled(friend, message)))

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
        set_mode(self.bot.db, self.chat(friend).id, mode)

    @rule(friend=friends, minutes=st.sampled_from([None, 10]))
    def owner_pauses_a_chat(self, friend: str, minutes: int | None) -> None:
        until = minutes and self.time.now() + minutes * 60_000
        pause_chat(self.bot.db, self.chat(friend).id, until)
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
        self.run(self.follow_clock())

    @rule(slow=st.booleans(), lines=st.integers(1, 3))
    def model_changes_pace(self, slow: bool, lines: int) -> None:
        self.engine.is_slow, self.engine.lines = slow, lines
        if not slow:
            self.run(self.finish_thinking())

    @rule(account=accounts, state=st.sampled_from(["running", "running", "failed"]))
    def connection_changes(self, account: str, state: Any) -> None:
        self.platforms[account].status().state = state

    @rule(slow=st.booleans())
    def sending_hangs(self, slow: bool) -> None:
        self.run(self.hang(slow))

    @rule(friend=friends, while_sending=st.booleans())
    def crash(self, friend: str, while_sending: bool) -> None:
        if while_sending:
            self.run(self.hang(True))
            self.a_conversation(friend, 1)
        self.run(self.end_and_begin_again())

    # What must hold

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
        if hasattr(self, "bot"):
            self.check_log()

    @invariant()
    def a_correction_sets_the_owners_words_against_one_reply(self) -> None:
        if not hasattr(self, "bot"):
            return
        rows = self.bot.db.execute("SELECT chat_id, how, rejected, chosen FROM corrections")
        for chat_id, how, rejected, chosen in rows.fetchall():
            said = rejected.split("\n")
            # Near a limit, the lines of a reply are one message. What is lost may have arrived.
            assert set(said) <= {line for text in self.keys for line in text.split("\n")}
            assert len({text.rstrip("abc") for text in said}) == 1
            words = chosen.split("\n") if chosen else []
            assert all(word[0] == "o" for word in words)
            if how == "contradicted":
                assert not self._friend_wrote_between(chat_id, said[0], words[-1])

    def _friend_wrote_between(self, chat_id: int, first: str, last: str) -> bool:
        origins = self.bot.db.execute(
            "SELECT origin FROM messages WHERE chat_id = :chat AND source = 'live' AND id BETWEEN "
            "(SELECT id FROM messages WHERE text || char(10) LIKE :first || char(10) || '%') AND "
            "(SELECT id FROM messages WHERE text = :last)",
            {"chat": chat_id, "first": first, "last": last},
        )
        return ("peer",) in origins.fetchall()


TestOwnerInCharge = OwnerInCharge.TestCase
TestOwnerInCharge.settings = settings(
    max_examples=EVENTS // STEPS,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="TWIN_EVENTS" not in os.environ,
    phases=[Phase.explicit, Phase.generate] + [Phase.shrink] * ("TWIN_SHRINK" in os.environ),
)


def test_the_machine_reached_what_it_is_to_judge() -> None:
    """After the machine above: random events that never lead to a reply would prove nothing."""
    print(dict(COUNTS))
    reached = ["sent", "pieces draft", "pieces cancelled", "pieces doubt"]
    reached += ["corrections recalled", "corrections contradicted"]
    assert all(COUNTS[name] for name in reached)

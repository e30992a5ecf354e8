"""Find the appointments of a chat: proposed and agreed, or stated; moved and cancelled ones too."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import tzinfo

from storage.messages import Message
from twin.memory.agreement import (
    Heard,
    heard,
    is_bare,
    is_meeting,
    is_only_of_time,
    lowered,
    tones,
)
from twin.memory.line import Speaker
from twin.memory.when import Span

HOUR_MS = 3_600_000
_ANSWERED_WITHIN_MS = 20 * HOUR_MS  # after that an offer is none, and "7?" not of its day
_GOES_ON_MS = 2 * HOUR_MS  # a dinner at 7 is still one at half past 8
_IDEA_CHARS = 60
_MOST_CHARS = 300  # longer messages tell stories
_UNHEARD = 6  # messages of the other side that say nothing of an offer


@dataclass(frozen=True, slots=True)
class Appointment:
    """`when`: the time of its newest wording; `words`: what is planned, without the time.

    `messages`: ids of those that made it, in order; `by`: whose words they are.
    """

    when: Span
    words: str
    messages: tuple[int, ...]
    said_at: int
    by: Speaker

    @property
    def over_at(self) -> int:
        """From when on it has passed, UTC milliseconds."""
        return self.when.until + (_GOES_ON_MS if self.when.precision == "time" else 0)


@dataclass(slots=True)
class _Offer:
    """What waits for the other side's yes; `instead_of`: the appointment that it would change."""

    appointment: Appointment
    by: Speaker
    instead_of: Appointment | None
    unheard: int = 0

    @property
    def asks_again(self) -> bool:
        """Whether it only asks if that appointment stands."""
        return self.instead_of is not None and self.instead_of.when == self.appointment.when


def appointments(messages: Iterable[Message], zone: tzinfo | None) -> list[Appointment]:
    """What one chat's messages, which are in order, leave agreed or stated; passed ones too.

    `zone` is the owner's: in it days begin.
    """
    chat = _Chat(zone)
    for message in messages:
        chat.hear(message)
    return chat.agreed


class _Chat:
    """The appointments so far, the open offer, and what was talked about last."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.agreed: list[Appointment] = []
        self._zone = zone
        self._offer: _Offer | None = None
        self._latest: Appointment | None = None
        self._idea: Heard | None = None  # the last that was proposed without a time

    def hear(self, message: Message) -> None:
        if len(message.text) > _MOST_CHARS:
            return
        if self._latest and message.sent_at > self._latest.said_at + _ANSWERED_WITHIN_MS:
            self._offer = self._latest = None
        about = self._latest or self._to_be_moved(message)
        said = heard(
            message, self._zone, about.when if about else None, about.words if about else ""
        )
        offer = self._offer
        if offer is None or offer.by == said.by:
            self._tell(said)
        elif not self._answer(offer, said):
            offer.unheard += 1
            if offer.unheard >= _UNHEARD:
                self._offer = None
            self._tell(said)

    def _to_be_moved(self, message: Message) -> Appointment | None:
        """The appointment that a message means which moves one, of those to come."""
        moves = tones()["moves"].search(lowered(message))
        to_come = [one for one in self.agreed if one.over_at > message.sent_at]
        return to_come[-1] if moves and to_come else None

    def _answer(self, offer: _Offer, said: Heard) -> bool:
        """Take it as the answer to the other side's offer; False where it is none."""
        other = _other_time(offer.appointment, said)
        if other is not None:
            changed = _changed(offer.appointment, said, other)
            if not said.is_("asks") and (said.agrees or said.is_("moves")):
                self._accept(changed, offer)
            else:
                self._propose(changed, said.by, offer.instead_of)
        elif said.declines or said.cancels:
            self._offer = None
            if offer.asks_again or said.cancels:
                self._drop(offer.instead_of)
        elif said.agrees and is_only_of_time(offer.appointment.words):
            self._offer = None
        elif said.agrees:
            made = (*offer.appointment.messages, said.message.id)
            self._accept(replace(offer.appointment, messages=made), offer)
        else:
            return False
        return True

    def _tell(self, said: Heard) -> None:
        """Take it as the first word of something: an appointment, an offer, a change."""
        if not said.times and not self.agreed and self._offer is None:
            self._take_idea(said)
        elif said.cancels:
            self._cancel(said, self._meant(said))
        elif not said.times:
            self._take_idea(said)
        elif meant := self._meant(said):
            self._change(said, meant)
        else:
            self._begin(said)

    def _take_idea(self, said: Heard) -> None:
        is_short = len(said.line) <= _IDEA_CHARS
        if not is_short or not (said.is_("asks") or said.is_("invites")) or is_bare(said.words):
            return
        offer = self._offer
        if offer and is_only_of_time(offer.appointment.words):
            made = (*offer.appointment.messages, said.message.id)
            self._latest = replace(offer.appointment, words=said.words, by=said.by, messages=made)
            self._offer = replace(offer, appointment=self._latest)
        self._idea = said

    def _begin(self, said: Heard) -> None:
        new = self._new(said, said.times[-1 if said.is_("moves") else 0])
        if said.offers:
            self._propose(new, said.by, None)
        elif said.states and new.when.precision != "week":
            self._agree(new, None)
        elif self._latest is not None and is_bare(said.words):
            self._propose(new, said.by, None)

    def _meant(self, said: Heard) -> Appointment | None:
        """The offer or appointment that it changes, asks after or cancels."""
        known = [*self.agreed, *([self._offer.appointment] if self._offer else [])]
        for one in reversed(known):
            if any(_same(time, one.when) for time in said.times) and _may_mean(said, one):
                return one
        to_come = [one for one in known if one.over_at > said.message.sent_at]
        latest = self._latest if self._latest in to_come else None
        if said.cancels and not said.times:
            return latest or (to_come[0] if len(to_come) == 1 else None)
        if said.is_("moves"):
            return latest or (to_come[-1] if to_come else None)
        if latest is None or not said.times or (is_meeting(said.words) and not said.is_detail):
            return None  # "see you on monday" says nothing of tomorrow's dinner
        return latest if _may_mean(said, latest) else None

    def _change(self, said: Heard, meant: Appointment) -> None:
        time = next((each for each in said.times if not _same(each, meant.when)), meant.when)
        changed = _changed(meant, said, time)
        offer = self._offer if self._offer and self._offer.appointment is meant else None
        if offer is not None or said.is_("asks"):
            self._propose(changed, said.by, offer.instead_of if offer else meant)
        elif time != meant.when:
            self._agree(changed, meant)

    def _cancel(self, said: Heard, meant: Appointment | None) -> None:
        if meant is None:
            return
        self._offer = None
        self._drop(meant)
        other = next((time for time in said.times if not _same(time, meant.when)), None)
        if other is not None:
            self._propose(_changed(meant, said, other), said.by, None)

    def _new(self, said: Heard, time: Span) -> Appointment:
        """In the words that were said last of it where its own say nothing."""
        new = Appointment(time, said.words, (said.message.id,), said.message.sent_at, said.by)
        if not is_bare(new.words) or is_meeting(new.words):
            return new
        if self._latest is not None:
            return replace(new, words=self._latest.words, by=self._latest.by)
        idea = self._idea
        if idea is None or said.message.sent_at > idea.message.sent_at + _ANSWERED_WITHIN_MS:
            return new
        return replace(new, words=idea.words, by=idea.by, messages=(idea.message.id, *new.messages))

    def _propose(self, new: Appointment, by: Speaker, instead_of: Appointment | None) -> None:
        self._offer, self._latest = _Offer(new, by, instead_of), new

    def _accept(self, new: Appointment, offer: _Offer) -> None:
        self._offer = None
        self._agree(new, offer.instead_of)

    def _agree(self, new: Appointment, instead_of: Appointment | None) -> None:
        self._drop(instead_of)
        self.agreed.append(new)
        self._latest = new

    def _drop(self, old: Appointment | None) -> None:
        self.agreed = [one for one in self.agreed if one is not old]


def _other_time(offered: Appointment, said: Heard) -> Span | None:
    """The time that an answer names instead of what was offered, or more exactly.

    None where it tells of something else: "sure! i have an exam on friday", for dinner tomorrow.
    """
    is_of_it = said.is_detail or is_bare(said.words) or said.offers or said.declines
    for time in said.times:
        is_exact = _same(offered.when, time)
        if not _same(time, offered.when) and (is_of_it or is_exact or said.is_("moves")):
            return time
    return None


def _changed(old: Appointment, said: Heard, time: Span) -> Appointment:
    """The appointment at another time, in the older words unless these said nothing."""
    made, words = (*old.messages, said.message.id), said.words
    new = replace(old, when=time, messages=made, said_at=said.message.sent_at)
    says_more = is_bare(old.words) and not is_bare(words)
    return replace(new, words=words, by=said.by) if says_more else new


def _same(time: Span, other: Span) -> bool:
    """Whether the time says no more than the other: "tomorrow works" for tomorrow at 7."""
    return time.since <= other.since and other.until <= time.until


def _may_mean(said: Heard, one: Appointment) -> bool:
    """Whether its words can be about this appointment, and not about another one."""
    is_detail = said.is_detail and one.when.precision != "time"
    return said.cancels or is_detail or is_bare(one.words) or is_bare(said.words)

"""What a burst looks like to the model of the owner's rhythm, as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from math import cos, log, log1p, pi, sin

from twin.clock import local_time
from twin.prompting.turns import MOST_IN_TURN
from twin.replying.owner_bursts import FriendBurst

FEATURES = (
    *("hour_sin", "hour_cos", "half_day_sin", "half_day_cos"),
    *("weekday_sin", "weekday_cos", "weekend"),
    *("length", "messages", "asks", "says", "silence", "first"),
    *("who", "who_delay", "recent", "recent_delay"),
)
PRIOR_BURSTS = 5  # a chat counts as much as all chats together after so many bursts
RECENT = 5
# What is longer counts as this long: of years of silence, or of a novel, no log says enough.
DAY_S = 86_400.0
MOST_CHARACTERS = 1000
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Everyone:
    """Of all chats: the share of bursts that were answered, and the mean of log1p(seconds)."""

    rate: float
    log_delay: float


@dataclass(slots=True)
class ChatRecord:
    """How bursts of one chat went. `log_delays`: the sum of log1p(seconds) of those answered.

    `recent`: log1p(seconds) of the last ones, None of one that was not answered, oldest first.
    """

    bursts: int = 0
    answered: int = 0
    log_delays: float = 0.0
    recent: Sequence[float | None] = ()

    def rate(self, everyone: Everyone) -> float:
        """The chat's share of answered bursts; of one with few, near everyone's."""
        expected = self.answered + PRIOR_BURSTS * everyone.rate
        return expected / (self.bursts + PRIOR_BURSTS)

    def log_delay(self, everyone: Everyone) -> float:
        expected = self.log_delays + PRIOR_BURSTS * everyone.log_delay
        return expected / (self.answered + PRIOR_BURSTS)


def features_of(
    burst: FriendBurst, chat: ChatRecord, everyone: Everyone, zone: tzinfo
) -> list[float]:
    """One number for each of `FEATURES`."""
    at = local_time(burst.ended, zone)
    day = 2 * pi * (at.hour + at.minute / 60) / 24
    week = 2 * pi * at.weekday() / 7
    rate = chat.rate(everyone)
    recent = chat.recent[-RECENT:]
    delays = [delay for delay in recent if delay is not None]
    usual = chat.log_delay(everyone)
    return [
        *(sin(day), cos(day), sin(2 * day), cos(2 * day)),
        *(sin(week), cos(week), float(at.weekday() >= _SATURDAY)),
        *(log1p(min(burst.characters, MOST_CHARACTERS)), log1p(min(burst.messages, MOST_IN_TURN))),
        *(float(burst.asks), float(burst.says)),
        *(log1p(min(burst.silence_s or 0.0, DAY_S)), float(burst.silence_s is None)),
        *(log(rate / (1 - rate)), usual),
        (len(delays) + everyone.rate) / (len(recent) + 1),
        (sum(delays) + usual) / (len(delays) + 1),
    ]

"""The words for the halves of the day that phones write beside a time of twelve hours."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

_FILE = Path(__file__).with_suffix(".toml")
# "at" and "o'clock", in whichever half.
_HOUR = frozenset({"à", "às", "alas", "las", "alle", "ore", "ora", "at", "klo", "kl", "um", "uhr"})
_HOUR |= {"u", "o", "ob", "v", "ve", "h", "ч", "в", "у", "น", "lúc"}
_SIGNS = re.compile(r"[\s.,،_/'’`״\"\u200b-\u200f\u202f-]")


@cache
def _hours() -> dict[str, tuple[int, int]]:
    """Words with the first hour, from 0 to 23, and the one after the last."""
    written = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    spans = {span: tuple(map(int, span.split("-"))) for span in written}
    return {
        word: (spans[span][0], spans[span][1]) for span in spans for word in written[span].split()
    }


@lru_cache(maxsize=1024)
def half_of_day(*words: str) -> str | None:
    """Which of the words says the half, in its plain form; "" for none of them.

    None where one is no word that stands beside a time.
    """
    plain = [_SIGNS.sub("", word).lower() for word in words]
    if any(word and word not in _hours() and word not in _HOUR for word in plain):
        return None
    return next((word for word in plain if word in _hours()), "")


def hour_of_day(hour: int, half: str) -> int:
    """The hour from 0 to 23. `half` as `half_of_day` gives it, "" for none."""
    if not half or hour > 12:
        return 0 if hour == 24 else hour  # some phones count the hours from 1 to 24
    first, end = _hours()[half]
    meant = [early for early in (hour % 12, hour % 12 + 12) if _within(early, first, end)]
    return meant[0] if len(meant) == 1 else hour % 12 + (12 if first >= 12 else 0)


def _within(hour: int, first: int, end: int) -> bool:
    return first <= hour < end if first < end else hour >= first or hour < end

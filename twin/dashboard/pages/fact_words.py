"""What is said of a fact in a list: who may know it, and when it is true."""

from datetime import date, timedelta, tzinfo

from storage.fact_lists import ListedFact
from storage.facts import Fact
from twin.clock import local_day, midnight
from twin.dashboard.wording import chats_in
from twin.language import Language
from twin.memory.facts import day_from

MOST_NAMES = 5


def state_in(language: Language, item: ListedFact) -> str:
    """Nothing where the owner has not decided, or has nothing to decide."""
    say = language.say
    if item.standing == "over":
        return say("Replaced by: {text}", text=item.newer) if item.newer else say("No longer true")
    if item.standing == "rejected":
        return say("Rejected")
    if item.fact.about == "friend" or item.standing == "proposed":
        return ""
    if item.standing == "kept":
        return say("Kept, not released")
    if item.fact.for_everyone:
        return say("Released for everyone")
    names = chats_in(language, item.to[:MOST_NAMES])
    if more := item.to[MOST_NAMES:]:
        return say("Released for {names} and {n} more", names=names, n=len(more))
    return say("Released for {names}", names=names)


def days_of(fact: Fact, zone: tzinfo) -> tuple[date, date | None]:
    """The first day on which it is true, and the last; None where no end is known."""
    last = None if fact.valid_until is None else local_day(fact.valid_until - 1, zone)
    return local_day(fact.valid_from, zone), last


def validity_in(language: Language, fact: Fact, zone: tzinfo) -> str:
    """Nothing where it is simply true since it was said."""
    first, last = days_of(fact, zone)
    say, day = language.say, language.day
    if first == local_day(fact.said_at, zone):
        return "" if last is None else say("true until {day}", day=day(last))
    if last is None:
        return say("true from {day}", day=day(first))
    return say("true from {day} until {end}", day=day(first), end=day(last))


def times_of(fact: Fact, first: str, last: str, zone: tzinfo) -> tuple[int, int | None]:
    """From when until when it is true, in UTC milliseconds, by the days that the owner gives.

    As a browser writes them, "2024-05-31", or nothing for no end. Where the day stays, so does the
    time of day. Raises InputError for what is no day.
    """
    first_before, last_before = days_of(fact, zone)
    since, until = day_from(first), day_from(last) if last else None
    begins = fact.valid_from if since == first_before else midnight(since, zone)
    if until is None or until == last_before:
        return begins, None if until is None else fact.valid_until
    return begins, midnight(until + timedelta(days=1), zone)

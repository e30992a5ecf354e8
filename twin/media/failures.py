"""Why nothing could be read in a file: codes, as they are stored, and what people are told."""

from collections.abc import Mapping
from typing import Literal, get_args

from twin.language import N_

Failure = Literal[
    "gone", "empty", "too_large", "too_long", "unknown", "broken", "too_slow", "crashed"
]
FAILURES: Mapping[str, str] = {
    "gone": N_("the file is no longer there"),
    "empty": N_("the file is empty"),
    "too_large": N_("the file or picture is too large to be read"),
    "too_long": N_("the recording is too long to be written down"),
    "unknown": N_("a format that is not read"),
    "broken": N_("the file is damaged"),
    "too_slow": N_("reading it took too long and was ended"),
    "crashed": N_("the reader crashed over it"),
}
NO_MEMORY = "no_memory"  # what the reader says; perhaps it has when it was started again
assert FAILURES.keys() == set(get_args(Failure))


def failure_of(told: str) -> Failure:
    """What the reader says. It may say anything: a stranger's file may have taken it over."""
    return next((known for known in get_args(Failure) if known == told), "crashed")


class Unreadable(Exception):
    """Nothing can be read in this file."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure

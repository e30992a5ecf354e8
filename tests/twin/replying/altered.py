"""Messages of the guard's table and private values, each altered in every way of disguises.py.

`python -m tests.twin.replying.altered`: the figures of docs/guard.md. The tests take a part.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.twin.disguises import disguises
from tests.twin.privacy.measure import Case, read_cases
from twin.config.schema import PolicySettings
from twin.privacy.masker import find_private
from twin.replying.guard import forbidden_in, needs_owner

CASES = tomllib.loads(Path(__file__).with_name("guard_cases.toml").read_text(encoding="utf-8"))
OWNER = [text for texts in CASES["owner"].values() for text in texts]
HARMLESS: list[str] = CASES["harmless"]["messages"]
# A control token with a picture between its letters is none.
SECRETS = [text for text in CASES["replies"]["forbidden"] if not set(text) & set("<[_")]
PRIVATE = [case for case in read_cases("cases.zh.txt", "cases.en.txt") if case.labels]
SPELLED = ("spelled", "words spelled")
CASE_COUNTS = ("repeated letters", "capitals", "leet")  # in keys and passwords


def is_caught(text: str) -> bool:
    return needs_owner(text, PolicySettings()) is not None


def is_stopped(reply: str) -> bool:
    return forbidden_in(reply, lambda _: False) is not None


def missed(
    texts: Sequence[str], found: Callable[[str], bool], step: int = 1
) -> tuple[int, list[str]]:
    """How many altered texts there are, and those in which nothing is found. `step`: of each
    alteration every step-th text, of the next one others.
    """
    count, let_by = 0, []
    for number, (name, alter) in enumerate(disguises().items()):
        for text in texts[number % step :: step]:
            if (altered := alter(text)) != text:
                count += 1
                let_by += [] if found(altered) else [f"{name}: {text}"]
    return count, let_by


def missed_values(step: int = 1) -> tuple[int, list[str]]:
    """How many altered values there are, and those that the masker doesn't find by their kind."""
    count, let_by = 0, []
    for number, (name, alter) in enumerate(disguises().items()):
        for case in PRIVATE[number % step :: step] if name not in CASE_COUNTS else ():
            if (altered := alter(case.text)) != case.text:
                kinds = list(_kinds(case, name))
                count += len(kinds)
                let_by += [f"{name}: {case.text}" for _ in _without(kinds, altered)]
    return count, let_by


def _kinds(case: Case, alteration: str) -> Iterator[str]:
    for label in case.labels:
        if label.kind != "LINK" or not alteration.startswith(SPELLED):  # nobody can follow it
            yield label.kind


def _without(kinds: list[str], text: str) -> list[str]:
    """The kinds of which no value is found in the text."""
    left = list(kinds)
    for finding in find_private(text):
        if finding.kind in left:
            left.remove(finding.kind)
    return left


def main() -> None:
    for title, (count, let_by) in {
        "messages": missed(OWNER, is_caught),
        "replies": missed(SECRETS, is_stopped),
        "values": missed_values(),
        "harmless (answered)": missed(HARMLESS, is_caught),
    }.items():
        right = len(let_by) if title.startswith("harmless") else count - len(let_by)
        print(f"{title}: {right} of {count}, {right / count:.1%}")


if __name__ == "__main__":
    main()

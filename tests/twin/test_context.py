from collections.abc import Sequence

from storage.messages import Message, Origin
from twin.config import Owner
from twin.context import build_turns, persona
from twin.prompts import Turn


class Letters:
    """A format in which each letter is a token."""

    def __init__(self) -> None:
        self.stop_ids = [0]

    def render(self, turns: Sequence[Turn]) -> list[int]:
        return [1] * sum(len(turn["content"]) for turn in turns)

    def complete(self, turns: Sequence[Turn]) -> tuple[list[int], list[int]]:
        raise NotImplementedError


def said(number: int, origin: Origin, text: str, kind: str = "text") -> Message:
    return Message(number, 1, origin, kind, text, number, None)


HISTORY = [
    said(1, "owner", "morning"),
    said(2, "peer", "hey"),
    said(3, "peer", "you?"),
    said(4, "peer", "cat.jpg", kind="image"),
    said(5, "owner", "fine"),
    said(6, "twin", "thanks"),
    said(7, "peer", "good"),
]


def turns(rules: str, budget: int, burst: str = "bye") -> list[tuple[str, str]]:
    built = build_turns(rules, "sys", HISTORY, burst, Letters(), budget)
    return [(turn["role"], turn["content"]) for turn in built]


def test_classic_shows_the_burst_alone() -> None:
    assert turns("classic", 100) == [("system", "sys"), ("user", "bye")]


def test_history_is_joined_by_side_and_begins_with_the_friend() -> None:
    assert turns("sessions", 100) == [
        ("system", "sys"),
        ("user", "hey\nyou?"),
        ("assistant", "fine\nthanks"),
        ("user", "good\nbye"),
    ]


def test_history_is_cut_by_whole_turns_and_the_newest_is_kept() -> None:
    assert turns("sessions", 29) == [("system", "sys"), ("user", "good\nbye")]


def test_a_burst_too_long_by_itself_loses_its_beginning() -> None:
    assert turns("classic", 8, "one\ntwo\nend") == [("system", "sys"), ("user", "end")]
    [_, (_, rest)] = turns("classic", 8, "abcdefghij")
    assert "abcdefghij".endswith(rest)
    assert 0 < len(rest) <= 5


def test_the_persona_names_the_owner() -> None:
    assert persona(Owner(name="Sam")) == "You are Sam. Reply to your friend as Sam would."
    assert "  " not in persona(Owner())

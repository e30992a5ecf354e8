"""A reply as the messages that a friend receives."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.pieces import MOST_PIECES, split_reply
from storage.plain_text import is_visible


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one\ntwo", ["one", "two"]),
        (" one \r\n\r\n\u200b\n two\ufffd", ["one", "two"]),
        ("a\x1b[31mb\ud83d", ["a[31mb"]),
        ("\u200b\u3164\n\ufe0f \ufffd", []),
        ("", []),
        ("1\n2\n3\n4\n5", ["1", "2", "3", "4", "5"]),
        ("1\n2\n3\n4\n5\n6\n7", ["1", "2", "3\n4", "5", "6\n7"]),
    ],
)
def test_lines_are_messages(text: str, pieces: list[str]) -> None:
    assert split_reply(text) == pieces


def test_forty_lines_are_few_messages_of_about_the_same_length() -> None:
    pieces = split_reply("\n".join(map(str, range(40))))
    assert [piece.count("\n") + 1 for piece in pieces] == [8] * MOST_PIECES
    assert "\n".join(pieces).split("\n") == list(map(str, range(40)))


@given(st.text("ab\n \u200b\ufffd\r\u2028", max_size=200), st.integers(1, 9))
def test_nothing_is_lost_and_nothing_is_empty(text: str, most: int) -> None:
    pieces = split_reply(text, most)
    assert len(pieces) <= most
    assert all(map(is_visible, pieces))
    assert re.findall("[ab]", "".join(pieces)) == re.findall("[ab]", text)

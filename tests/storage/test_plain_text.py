"""Text as people see it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage import plain_text
from storage.plain_text import decode_entities, is_visible, plain, sendable, visible

INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u2064"
    "\u2800\u3164\uffa0\ufe0f\ufe00\U000e0100\U000e0061\ufffc\ufffd\u202e\u2066\ud83d\udc00\x00\x1b"
    " \t\n\r\u00a0\u2005\u2028\u2029\u202f\u205f\u3000\u1680\u0301\u20e3\uffff\ufdd0"
)
TWINS = [  # look alike
    ("a & b", "a &amp; b"),
    ("a & b", "a &amp;amp; b"),
    ("<3", "&lt;3"),
    ("<3", "&#60;3"),
    ("it's", "it&#x27;s"),
    ("❤️ ok", "❤ ok"),
    ("café", "cafe\u0301"),
    ("ABC 123，!", "ＡＢＣ　１２３,！"),
    ("one two", "one \n\t two "),
    ("one two", "one\u2005two\u3000"),
    ("pass", "p\u200ba\u00ads\u2060s"),
    ("ok", "o\ufffdk\ufe0f"),
]


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_what_looks_the_same_is_the_same(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@given(st.text(INVISIBLE))
def test_signs_without_a_shape_are_nothing(text: str) -> None:
    assert not is_visible(text)


@pytest.mark.parametrize("text", ["0", "。", "👍", "🫨", "1️⃣", "👨‍👩‍👧", "ㅋ", "\u200bא", "?"])
def test_anything_else_is_something(text: str) -> None:
    assert is_visible(text)


@pytest.mark.slow
@settings(max_examples=40)
@given(st.text())
@example("& 0")
def test_plain_text_stays_as_it_is(text: str) -> None:
    once = plain(text).replace("&", "+")  # what begins an entity now did not before
    assert plain(once) == once


def test_only_whole_entities_are_decoded() -> None:
    assert decode_entities("AT&T &copy 1 &amp &unknown; &#0000000065;") == (
        "AT&T &copy 1 &amp &unknown; &#0000000065;"
    )
    assert decode_entities("&amp;lt; &nbsp;&#128512;") == "&lt; \xa0😀"


@given(st.text(st.characters(codec=None, categories=["C", "Zl", "Zp", "L"])))
def test_what_is_sent_can_be_encoded_and_steers_nothing(text: str) -> None:
    sent = sendable(text)
    sent.encode()
    assert not any(sign in "\ufffd\ufffc\r\x1b\x00\u2028" for sign in sent)
    assert sendable(sent) == sent


def test_what_is_meant_is_sent() -> None:
    text = "مى\u200cخواهم 👨‍👩‍👧 ❤️\n\tok"
    assert sendable(text) == text


@pytest.mark.parametrize(
    "text",
    ["a" + "\u0316\u0301" * 60_000, "&" * 200_000, "&#" + "1" * 90_000 + ";", "&amp;" * 40_000],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    """Any of them took many seconds, or raised, with the obvious code."""
    assert isinstance(plain(text), str)


def test_every_character_there_is_fills_no_memory() -> None:
    everything = "".join(map(chr, range(0x20, 0x30000)))
    assert visible(everything)
    assert len(plain_text._SHAPES) <= plain_text._MOST_SHAPES

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.config.schema import PolicySettings
from twin.replying.guard import forbidden_in, needs_owner

CASES = tomllib.loads(Path(__file__).with_name("guard_cases.toml").read_text(encoding="utf-8"))
OWNER = [(topic, text) for topic, texts in CASES["owner"].items() for text in texts]
HARMLESS = CASES["harmless"]["messages"]
# Each can be the beginning of many matches that fail late.
LONG_WORDS = [
    "password:",
    "密码",
    "码",
    "4111-",
    "code1",
    "GB12" + "A" * 40 + " ",
    "<| ",
    "验证码a",
]


def topic_of(text: str) -> str | None:
    return needs_owner(text, PolicySettings())


def never_copied(_text: str) -> bool:
    return False


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(OWNER) >= 100
    assert len(HARMLESS) >= 100
    topics = {topic for topic, _ in OWNER}
    assert topics == set(CASES["owner"])


@pytest.mark.parametrize(("topic", "text"), OWNER)
def test_what_is_the_owners_alone_waits_for_him(topic: str, text: str) -> None:
    found = topic_of(text)
    assert found is not None
    # A message may belong to two topics; which of them is named first does not matter.
    assert found in CASES["owner"]


@pytest.mark.parametrize("text", HARMLESS)
def test_everyday_messages_are_answered(text: str) -> None:
    assert topic_of(text) is None


def test_known_false_alarms_stay_few() -> None:
    known = CASES["false_alarms"]["messages"]
    assert len(known) <= 0.15 * (len(known) + len(HARMLESS))
    # A rule that became better moves its message to the harmless ones.
    assert [text for text in known if topic_of(text) is None] == []


@pytest.mark.parametrize("text", CASES["replies"]["forbidden"])
def test_secrets_and_control_tokens_are_not_sent(text: str) -> None:
    assert forbidden_in(text, never_copied) is not None


@pytest.mark.parametrize("text", CASES["replies"]["allowed"])
def test_ordinary_replies_are_sent(text: str) -> None:
    assert forbidden_in(text, never_copied) is None


def test_words_of_another_chat_are_not_sent() -> None:
    assert forbidden_in("hi", lambda _: True) == "words of another chat"


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    topic_of(text)
    forbidden_in(text, never_copied)


@pytest.mark.parametrize(
    "unit", ["a", "1", "1 ", "borrow ", "借", "<|", "GB12 ", "call ", "\n", *LONG_WORDS]
)
def test_a_long_line_does_not_hang_it(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert topic_of(text) == "a very long message"
    assert forbidden_in(text, never_copied) == "a very long message"
    topic_of(text[:4_000])
    forbidden_in(text[:4_000], never_copied)

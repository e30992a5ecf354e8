"""Amounts in the words of chats: what an answer to "how much" or "how long" says."""

import pytest

from twin.memory.amounts import says_amount


@pytest.mark.parametrize(
    "text",
    [
        "it cost a grand",
        "300",
        "３００块",
        "٣٠٠",
        "½ a kilo",
        "②",
        "six feet",
        "fifty-five",
        "fourty",
        "in his seventies",
        "a fifth of it",
        "zero",
        "dozens",
        "billions",
        "half a pound",
        "twice a week",
        "it was free",
        "an hour",
        "a whole year",
        "for years",
        "every day",
        "monthly",
        "两三百",
        "半斤",
        "兩萬",
        "俩孩子",
        "好几年了",
        "壹佰元",
        "零个",
        "每天都去",
    ],
)
def test_an_amount_is_said(text: str) -> None:
    assert says_amount(text)


@pytest.mark.parametrize(
    "text",
    [
        "it was dear",
        "have a good day",
        "what a day",
        "these days i sleep",
        "the grand canyon",
        "on my own, often",
        "we fortify the tent",
        "很贵",
        "买零食了",
        "几天没见",
    ],
)
def test_none_is(text: str) -> None:
    assert not says_amount(text)

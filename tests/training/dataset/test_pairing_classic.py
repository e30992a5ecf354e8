from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from storage.messages import Message, Origin
from training.dataset.pairing import (
    AFTER_ANSWER,
    ANSWERED_BY_TWIN,
    ANSWERED_LATE,
    BEFORE_FRIEND,
    BLANK_SIDE,
    TOO_LATE,
    UNANSWERED,
    pair_classic,
)
from training.dataset.samples import NOT_TEXT, RECALLED, TWIN, Paired

HOUR = 3600
ORIGINS: dict[str, Origin] = {"f": "peer", "o": "owner", "t": "twin"}
GAPS = [0, 1, 60, 119, 120, 121, 6 * HOUR - 1, 6 * HOUR, 6 * HOUR + 1]


def message(number: int, side: str, at: int, text: str = "", **more: object) -> Message:
    values = {"kind": "text", "recalled_at": None} | more
    kind, recalled_at = values["kind"], values["recalled_at"]
    assert isinstance(kind, str)
    assert recalled_at is None or isinstance(recalled_at, int)
    return Message(number, 1, ORIGINS[side], kind, text or f"m{number}", at * 1000, recalled_at)


def chat(*rows: tuple[str, int]) -> list[Message]:
    return [message(number, side, at) for number, (side, at) in enumerate(rows)]


def pair(messages: Sequence[Message]) -> Paired:
    return pair_classic(messages, 120, 6)


def sides(result: Paired) -> list[tuple[str, str]]:
    return [(p.input, p.output) for p in result.exchanges]


def recipe(rows: Sequence[tuple[int, str, str]]) -> list[tuple[str, str]]:
    """A second reading of the recipe's text: rows of (second, f or o, text)."""
    pairs = []
    rest = list(rows)
    while rest:
        while rest and rest[0][1] == "o":  # 1
            rest.pop(0)
        if not rest:
            break
        friend = [rest.pop(0)]
        while rest and rest[0][1] == "f" and rest[0][0] - friend[0][0] <= 120:  # 2
            friend.append(rest.pop(0))
        owner: list[tuple[int, str, str]] = []
        if rest and rest[0][1] == "o" and rest[0][0] - friend[-1][0] <= 6 * HOUR:  # 3
            owner.append(rest.pop(0))
            while rest and rest[0][1] == "o" and rest[0][0] - owner[0][0] <= 120:
                owner.append(rest.pop(0))
        if owner:  # 4
            asked = "\n".join(text for _, _, text in friend)  # 5
            answered = "\n".join(text for _, _, text in owner)
            if asked.strip() and answered.strip():
                pairs.append((asked, answered))
    return pairs


texts = st.sampled_from(["hi", "ok", " ", ""])
plain_rows = st.lists(st.tuples(st.sampled_from("fo"), st.sampled_from(GAPS), texts), max_size=25)


@given(plain_rows)
def test_agrees_with_a_second_reading_of_the_recipe(rows: list[tuple[str, int, str]]) -> None:
    at = 0
    plain = []
    for side, gap, text in rows:
        at += gap
        plain.append((at, side, text))
    messages = [
        Message(number, 1, ORIGINS[side], "text", text, second * 1000, None)
        for number, (second, side, text) in enumerate(plain)
    ]
    assert sides(pair(messages)) == recipe(plain)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("fot"),
            st.sampled_from(GAPS),
            st.sampled_from(["text", "text", "image"]),
            st.sampled_from([None, None, 5]),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_every_message_is_counted_once(
    rows: list[tuple[str, int, str, int | None, bool]],
) -> None:
    at = 0
    messages = []
    for number, (side, gap, kind, recalled, blank) in enumerate(rows):
        at += gap
        text = " " if blank else ""
        messages.append(message(number, side, at, text, kind=kind, recalled_at=recalled))
    result = pair(messages)
    used = sum(exchange.inputs + exchange.outputs for exchange in result.exchanges)
    assert used + sum(result.dropped.values()) == len(messages)
    usable = {m.text: m for m in messages if m.kind == "text" and m.recalled_at is None}
    for found in result.exchanges:
        for origin, side in (("peer", found.input), ("owner", found.output)):
            written = [text for text in side.split("\n") if text.strip()]
            assert all(usable[text].origin == origin for text in written)


def test_bursts_are_measured_from_their_first_message() -> None:
    result = pair(chat(("f", 0), ("f", 100), ("f", 120), ("o", 130), ("o", 250)))
    assert sides(result) == [("m0\nm1\nm2", "m3\nm4")]
    late = pair(chat(("f", 0), ("f", 100), ("f", 121), ("o", 130), ("o", 251)))
    assert sides(late) == [("m2", "m3")]
    assert late.dropped == {UNANSWERED: 2, AFTER_ANSWER: 1}


def test_the_wait_for_an_answer_is_measured_from_the_last_friend_message() -> None:
    assert len(pair(chat(("f", 0), ("f", 120), ("o", 120 + 6 * HOUR))).exchanges) == 1
    late = pair(chat(("f", 0), ("f", 120), ("o", 121 + 6 * HOUR)))
    assert late.dropped == {ANSWERED_LATE: 2, TOO_LATE: 1}


def test_owner_who_speaks_first_is_not_a_sample() -> None:
    assert pair(chat(("o", 0), ("o", 500), ("f", 600))).dropped == {BEFORE_FRIEND: 2, UNANSWERED: 1}


def test_the_twin_is_never_learnt_from_and_its_answer_closes_the_burst() -> None:
    result = pair(chat(("f", 0), ("t", 5), ("o", 10), ("f", 20), ("o", 25), ("t", 30), ("o", 35)))
    assert sides(result) == [("m3", "m4")]
    assert result.dropped == {ANSWERED_BY_TWIN: 1, TWIN: 2, BEFORE_FRIEND: 2}


def test_recalled_and_other_kinds_keep_their_place_but_lend_no_words() -> None:
    result = pair(
        [
            message(0, "f", 0),
            message(1, "f", 1, kind="image"),
            message(2, "o", 2, recalled_at=9),
            message(3, "o", 3),
            message(4, "f", 500, kind="image"),
            message(5, "o", 501),
        ]
    )
    assert sides(result) == [("m0", "m3")]
    assert result.dropped == {NOT_TEXT: 2, RECALLED: 1, BLANK_SIDE: 1}

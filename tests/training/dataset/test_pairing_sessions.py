from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.messages import Message, Origin
from training.dataset.pairing import (
    BLANK_MESSAGE,
    BY_TWIN,
    FAR,
    OPENING,
    UNANSWERED,
    pair_sessions,
)
from training.dataset.samples import NOT_TEXT, RECALLED, TWIN, Exchange, Paired
from twin.config.schema import DatasetSettings
from twin.prompting.turns import MOST_IN_TURN

MINUTE = 60_000
HOUR = 60 * MINUTE
ORIGINS: dict[str, Origin] = {"f": "peer", "o": "owner", "t": "twin"}


def message(number: int, side: str, at: int, text: str | None = None, **more: object) -> Message:
    values: dict[str, object] = {"kind": "text", "recalled_at": None, **more}
    written = f"m{number}" if text is None else text
    return Message(number, 1, ORIGINS[side], text=written, sent_at=at, **values)  # type: ignore[arg-type]


def chat(*rows: tuple[str, int]) -> list[Message]:
    """Messages of a side ("f", "o" or "t") at a minute, named m0, m1, …"""
    return [message(number, side, at * MINUTE) for number, (side, at) in enumerate(rows)]


def read(messages: Sequence[Message], *, named: bool = False) -> Paired:
    return pair_sessions(messages, DatasetSettings(), named=named)


def told(result: Paired) -> list[tuple[int, str, str, str | None]]:
    return [(e.conversation, e.input, e.output, e.untaught) for e in result.exchanges]


def test_messages_of_a_side_are_one_turn_however_far_within_a_conversation() -> None:
    result = read(chat(("f", 0), ("f", 50), ("o", 51), ("o", 90), ("f", 91), ("o", 92)))
    assert told(result) == [(0, "m0\nm1", "m2\nm3", None), (0, "m4", "m5", None)]


def test_silence_begins_a_new_conversation() -> None:
    result = read(chat(("f", 0), ("o", 1), ("f", 62), ("o", 63)))
    assert told(result) == [(0, "m0", "m1", None), (1, "m2", "m3", None)]


def test_a_slow_answer_still_answers() -> None:
    assert told(read(chat(("f", 0), ("o", 360)))) == [(0, "m0", "m1", None)]
    late = read(chat(("f", 0), ("o", 361)))
    assert told(late) == [(1, "", "m1", OPENING)]
    assert late.dropped == {UNANSWERED: 1}


def test_an_opening_of_the_owner_is_kept_and_no_question_invented_for_it() -> None:
    result = read(chat(("o", 0), ("f", 1), ("o", 2)))
    assert told(result) == [(0, "", "m0", OPENING), (0, "m1", "m2", None)]


def test_a_quoted_message_is_what_was_answered() -> None:
    messages = [
        message(0, "f", 0, "where do we meet", external_id="q"),
        message(1, "f", 1, "lol"),
        message(2, "o", 50 * HOUR, "at the station", reply_to="q"),
        message(3, "o", 100 * HOUR, "what?", reply_to="unknown"),
    ]
    result = read(messages)
    assert told(result) == [
        (1, "where do we meet", "at the station", None),
        (2, "", "what?", OPENING),
    ]
    assert [e.inputs for e in result.exchanges] == [0, 0]  # the quoted one is counted where it is
    assert result.dropped == {UNANSWERED: 2}


def test_what_the_twin_said_is_context_and_nothing_to_learn() -> None:
    result = read(chat(("f", 0), ("t", 1), ("o", 2), ("f", 3), ("o", 4)))
    assert told(result) == [(0, "m0", "m1\nm2", BY_TWIN), (0, "m3", "m4", None)]


def test_in_a_room_the_lines_bear_names_and_only_the_last_are_shown() -> None:
    room = [message(n, "f", n * MINUTE, sender="Ann") for n in range(MOST_IN_TURN + 5)]
    result = read([*room, message(99, "o", 60 * MINUTE, "ok")], named=True)
    [exchange] = result.exchanges
    assert exchange.input.split("\n")[0] == "Ann: m5"
    assert exchange.inputs == MOST_IN_TURN
    assert result.dropped == {FAR: 5}


def test_what_has_no_words_is_left_out_with_its_reason() -> None:
    result = read(
        [
            message(0, "f", 0),
            message(1, "f", 1, kind="image"),
            message(2, "o", 2, recalled_at=9),
            message(3, "o", 3, " "),
            message(4, "t", 4, kind="image"),
            message(5, "o", 5),
        ]
    )
    assert told(result) == [(0, "m0", "m5", None)]
    assert result.dropped == {NOT_TEXT: 1, RECALLED: 1, BLANK_MESSAGE: 1, TWIN: 1}


rows = st.lists(
    st.tuples(
        st.sampled_from("foft"),
        st.sampled_from([0, 1, 59, 60, 61, 359, 360, 361]),
        st.sampled_from(["text", "text", "text", "image"]),
        st.sampled_from([None, None, None, 5]),
        st.sampled_from([None, "0", "3"]),
        st.booleans(),
    ),
    max_size=40,
)
Rows = list[tuple[str, int, str, int | None, str | None, bool]]


def written(found: Rows) -> list[Message]:
    messages, at = [], 0
    for number, (side, gap, kind, recalled, quotes, blank) in enumerate(found):
        at += gap * MINUTE
        more = {"kind": kind, "recalled_at": recalled, "reply_to": quotes}
        text = " " if blank and number % 5 == 0 else f"m{number}"
        messages.append(message(number, side, at, text, external_id=str(number), **more))
    return messages


@given(rows)
def test_every_message_is_counted_once(found: Rows) -> None:
    messages = written(found)
    result = read(messages)
    used = sum(exchange.inputs + exchange.outputs for exchange in result.exchanges)
    assert used + sum(result.dropped.values()) == len(messages)
    left_out = {message.id for message, _ in result.left_out}
    assert len(left_out) == len(result.left_out)


@given(rows)
def test_only_the_owner_is_learnt_from_and_only_after_a_friend(found: Rows) -> None:
    messages = written(found)
    origin = {m.text: m for m in messages}
    for exchange in read(messages).exchanges:
        asked, answered = lines(exchange)
        assert all(origin[text].origin == "peer" for text in asked)
        if exchange.untaught is None:
            assert asked
            assert all(origin[text].origin == "owner" for text in answered)
            assert all(origin[text].recalled_at is None for text in [*asked, *answered])


@given(rows)
def test_exchanges_are_in_time_order_and_conversations_too(found: Rows) -> None:
    exchanges = read(written(found)).exchanges
    assert [e.answered_at for e in exchanges] == sorted(e.answered_at for e in exchanges)
    assert [e.conversation for e in exchanges] == sorted(e.conversation for e in exchanges)


def lines(exchange: Exchange) -> tuple[list[str], list[str]]:
    return exchange.input.split("\n") if exchange.input else [], exchange.output.split("\n")


@pytest.mark.parametrize("minutes", [30.0, 59.0])
def test_how_much_silence_is_a_setting(minutes: float) -> None:
    rules = DatasetSettings(silence_minutes=minutes)
    result = pair_sessions(chat(("f", 0), ("o", 1), ("f", 61), ("o", 62)), rules, named=False)
    assert [e.conversation for e in result.exchanges] == [0, 1]

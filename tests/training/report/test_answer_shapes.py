import pytest

from training.report.answer_shapes import (
    ENDS,
    end_of,
    end_shares,
    length_edges,
    length_shares,
    piece_shares,
)


@pytest.mark.parametrize(
    ("piece", "end"),
    [
        ("see you.", "."),
        ("明天见。", "."),
        ("真的？", "?"),
        ("wow!!", "!"),
        ("hmm...", "…"),
        ("嗯……", "…"),
        ("ok", "none"),
        ("好的", "none"),
        ("at 7", "none"),
        (":)", ")"),
        ("lol 😂", "emoji"),
        ("love ❤\ufe0f", "emoji"),
        ("yes 👍🏽", "emoji"),
        ("a/", "other"),
        ("\ufe0f", "other"),
    ],
)
def test_how_a_message_ends(piece: str, end: str) -> None:
    assert end_of(piece) == end


def test_ends_are_of_messages_not_of_answers() -> None:
    shares = dict(zip(ENDS, end_shares(["hi.\nyou?", "ok"]), strict=True))
    assert {end: share for end, share in shares.items() if share} == pytest.approx(
        {".": 1 / 3, "?": 1 / 3, "none": 1 / 3}
    )


def test_blank_lines_are_no_messages_and_many_are_the_last() -> None:
    assert piece_shares(["", "a\n\n b ", "a\n" * 5, "a\n" * 9]) == [0.25, 0, 0.25, 0, 0, 0.5]


def test_every_length_has_its_bin() -> None:
    assert length_shares(["", "a" * 9, "a" * 10, "a" * 500], [0, 10, 20, 30]) == [0.5, 0.25, 0.25]


def test_one_endless_answer_does_not_hide_the_others() -> None:
    edges = length_edges([["a" * 10] * 99, ["a" * 40] * 99, ["a" * 100_000]])
    assert edges[-1] == 40
    assert sum(length_shares(["a" * 100_000], edges)) == 1


def test_nothing_said_has_shares_too() -> None:
    assert sum(end_shares([""])) == 0
    assert length_edges([[""]])[-1] > 0

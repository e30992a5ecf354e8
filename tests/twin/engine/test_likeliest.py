import pytest

from twin.engine.base import Reply
from twin.engine.likeliest import likeliest


def reply(text: str, tokens: int, *, stopped: bool = True) -> Reply:
    return Reply(text, tokens, stopped, 0.0)


@pytest.mark.parametrize(
    ("replies", "log_probs"),
    [
        # The sum would take the shortest.
        ([reply("ok", 2), reply("taken", 10)], [-4.0, -10.0]),
        ([reply("ha " * 50, 128, stopped=False), reply("taken", 3)], [-1.0, -9.0]),
        ([reply("", 1), reply("taken", 3), reply(" \n".strip(), 1)], [-0.1, -9.0, -0.1]),
        ([reply("", 1), reply("taken", 8, stopped=False)], [-0.1, -9.0]),
        ([reply("taken", 0), reply("other", 0)], [0.0, 0.0]),
        ([reply("taken", 3)], [float("-inf")]),
    ],
)
def test_what_says_something_and_ends_goes_before_what_is_likely(
    replies: list[Reply], log_probs: list[float]
) -> None:
    assert likeliest(replies, log_probs).text == "taken"

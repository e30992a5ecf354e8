"""The recipe's way from an export to pairs, as its text describes it; times as it writes them."""

from collections.abc import Sequence
from datetime import datetime

TIME = "%Y-%m-%d %H:%M:%S"
OWNER = "我"
BURST_S = 120
REPLY_S = 6 * 3600


def recipe_pairs(rows: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """(friend's words, owner's words) of one chat: rows of time, sender and text, in order."""
    times = [datetime.strptime(time, TIME) for time, _, _ in rows]  # noqa: DTZ007
    pairs = []
    at = 0
    while at < len(rows):
        if rows[at][1] == OWNER:
            at += 1
            continue
        end = _burst(rows, times, at)
        asked, friend_last = rows[at:end], times[end - 1]
        at = end
        if at == len(rows) or rows[at][1] != OWNER:
            continue
        if (times[at] - friend_last).total_seconds() > REPLY_S:
            continue
        end = _burst(rows, times, at)
        input, output = _joined(asked), _joined(rows[at:end])
        if input.strip() and output.strip():
            pairs.append((input, output))
        at = end
    return pairs


def _burst(rows: Sequence[tuple[str, str, str]], times: Sequence[datetime], first: int) -> int:
    """Where the messages of one side end that are close enough to the first."""
    end = first + 1
    while (
        end < len(rows)
        and (rows[end][1] == OWNER) == (rows[first][1] == OWNER)
        and (times[end] - times[first]).total_seconds() <= BURST_S
    ):
        end += 1
    return end


def _joined(rows: Sequence[tuple[str, str, str]]) -> str:
    return "\n".join(text for _, _, text in rows)

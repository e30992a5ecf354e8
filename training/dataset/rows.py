"""One answer to learn, with what came before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.dataset.exchange import Exchange

Said = tuple[str, str]  # what the friend wrote and what was answered


@dataclass(frozen=True, slots=True)
class Row:
    """One training sample: the persona (`instruction`), the friend's words, the answer.

    `history`: the exchanges right before it in its conversation, oldest first. `position` numbers
    the exchanges of a chat, so that rows of one conversation can be put together again.
    `answered_at` in UTC milliseconds. `weight`: how much it counts in training, 1 on average.
    """

    instruction: str
    input: str
    output: str
    history: tuple[Said, ...] = ()
    chat_id: int = 0
    conversation: int = 0
    position: int = 0
    answered_at: int = 0
    weight: float = 1.0


def start_of_context(exchanges: Sequence[Exchange], at: int, most: int) -> int:
    """The first of the `most` exchanges of its conversation that are shown with the one at `at`."""
    start = at
    while start > max(0, at - most) and (
        exchanges[start - 1].conversation == exchanges[at].conversation
    ):
        start -= 1
    return start


def by_conversation(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows in any order as conversations, each in its own order."""
    found: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        found.setdefault((row.chat_id, row.conversation), []).append(row)
    return [sorted(each, key=lambda row: row.position) for each in found.values()]

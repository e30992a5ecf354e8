"""The dataset's figures (`account`) as rows of words, for the terminal and the page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from training.ledger import FATES
from twin.measures import NONE, count, percent

LARGEST = 20  # chats that are shown unless all are wanted
SIDES = ("prompt", "answer")
FATE_COLUMNS = ("messages", "targets", "context", "dropped", "targets, share")
LENGTH_COLUMNS = ("mean", "half are within", "90 % within", "99 % within", "longest")
Rows = list[tuple[str, ...]]
Figures = Mapping[str, Any]


def headline(figures: Figures) -> str:
    return (
        f"{count(figures['answers'])} answers to learn from {count(figures['messages'])} messages "
        f"in {count(figures['chats'])} chats"
    )


def untaught(figures: Figures) -> Rows:
    """Answers that are not learnt; where they are shown as context, they are not dropped."""
    return [(reason, count(number)) for reason, number in figures["untaught"].items()]


def by_chat(figures: Figures, *, every: bool) -> Rows:
    chats = figures["by_chat"]
    return [(chat["name"], *_fates(chat)) for chat in (chats if every else chats[:LARGEST])]


def others(figures: Figures, *, every: bool) -> str | None:
    """A word about the chats that `by_chat` leaves out."""
    rest = len(figures["by_chat"]) - LARGEST
    if every or rest <= 0:
        return None
    return f"The largest {LARGEST}; {count(rest)} more with --all."


def by_month(figures: Figures) -> Rows:
    return [(month["month"], *_fates(month)) for month in figures["by_month"]]


def _fates(group: Figures) -> tuple[str, ...]:
    total = sum(group[fate] for fate in FATES)
    return (
        count(total),
        *(count(group[fate]) for fate in FATES),
        percent(group["target"] / max(total, 1)),
    )


def lengths(figures: Figures) -> Rows:
    return [(side, *_length(figures["tokens"][side])) for side in SIDES]


def _length(summary: Figures | None) -> tuple[str, ...]:
    if summary is None:
        return (NONE,) * len(LENGTH_COLUMNS)
    keys = ("mean", "median", "p90", "p99", "longest")
    return tuple(f"{summary[key]:,}" for key in keys)


def about_lengths(figures: Figures) -> str:
    """Which answers were measured, and whether any lose their end."""
    tokens = figures["tokens"]
    all_of_them, measured = count(tokens["answers"]), count(tokens["measured"])
    which = f"All {all_of_them} answers"
    if tokens["measured"] < tokens["answers"]:
        which = f"{measured} of {all_of_them} answers, drawn by chance and the same each time"
    limit = f"[train] max_tokens = {tokens['max_tokens']}"
    return f"{which}, each with its context. {limit}: {count(tokens['cut'])} lose their end."


def bins(summary: Figures) -> Iterator[tuple[str, int]]:
    """(which lengths, how many) of the histogram."""
    width, counts = summary["histogram"]["bin"], summary["histogram"]["counts"]
    for number, found in enumerate(counts):
        low, high = number * width, (number + 1) * width - 1
        is_last = number == len(counts) - 1
        yield (f"{low}+" if is_last else str(low) if low == high else f"{low}–{high}"), found


def bars(counts: Sequence[int], widest: int) -> list[str]:
    """A bar of blocks for each count, in eighths, the highest `widest` long."""
    top = max(*counts, 1)
    eighths = [-(-8 * widest * each // top) for each in counts]
    return ["█" * (each // 8) + " ▏▎▍▌▋▊▉"[each % 8].strip() for each in eighths]

"""Fit a conversation into a number of tokens.

It is tokenized a few times, and never where it is so long that it can't fit: friends write what
they like. A tokenizer is not made for two threads, so the engine does this in the model's.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from storage.errors import TwinError
from twin.prompting.chat_template import PromptFormat, Turn

MOST_CHARS_PER_TOKEN = 16


class PromptTooLong(TwinError):
    """The system's text and the last turn are over the budget by themselves."""

    def __init__(self, budget: int) -> None:
        super().__init__(
            f"the system's words and the last message are over {budget} tokens "
            "([reply] context_tokens); send less"
        )


def fit_turns(
    turns: Sequence[Turn], fmt: PromptFormat, budget: int, *, may_cut: bool = True
) -> list[Turn]:
    """The newest of `turns` in at most `budget` tokens.

    The system's text, if it comes first, and the last turn are kept, and of those between them the
    newest whole ones that fit. A last turn that is too long by itself loses its beginning, or
    without `may_cut` raises PromptTooLong.
    """
    opening = [turn for turn in turns[:1] if turn["role"] == "system"]
    past, last = turns[len(opening) : -1], turns[-1]

    def fits(*kept: Turn) -> bool:
        shown = [*opening, *kept]
        chars = sum(len(turn["content"].strip()) for turn in shown)
        return chars <= budget * MOST_CHARS_PER_TOKEN and len(fmt.render(shown)) <= budget

    starts = [at for at, turn in enumerate(past) if turn["role"] == "user" or fmt.takes_opening]
    starts.append(len(past))
    fitting = starts[bisect_left(starts, True, key=lambda at: fits(*past[at:], last)) :]
    if fitting:
        return [*opening, *past[fitting[0] :], last]
    if not may_cut:
        raise PromptTooLong(budget)
    most = budget * MOST_CHARS_PER_TOKEN
    end = _fitting_end(last["content"], most, lambda text: fits({**last, "content": text}))
    return [*opening, {**last, "content": end}]


def _fitting_end(text: str, chars: int, fits: Callable[[str], bool]) -> str:
    """The last lines that fit, within `chars` characters; of a single long line the end."""
    lines = _last_lines(text.strip(), chars).split("\n")
    first = bisect_left(range(len(lines)), True, key=lambda at: fits("\n".join(lines[at:])))
    end = "\n".join(lines[first:]) or lines[-1]
    while len(end) > 1 and not fits(end):
        end = end[len(end) // 4 + 1 :]
    return end


def _last_lines(text: str, chars: int) -> str:
    """The whole lines at the end within so many characters, and at least the last one."""
    if len(text) <= chars:
        return text
    before = text.find("\n", len(text) - chars - 1)
    return text[(before if before >= 0 else text.rfind("\n")) + 1 :]

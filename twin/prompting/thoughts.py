"""Thoughts that some bases write before an answer: how they begin and end, and how to drop them."""

import re

# Their first and last mark.
THOUGHTS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel>thought", "<channel|>"),
)
# A mark at the end of a text that opens something by such a name.
_SOME_THOUGHT = re.compile(
    r"[<\[◁](?![^<>\[\]◁▷]{0,99}(?:/|end))"
    r"[^<>\[\]◁▷]{0,99}(?:think|thought|reason)[^<>\[\]◁▷]{0,99}[>\]▷]\s*$",
    re.IGNORECASE,
)
# Switches against thinking that chat templates know; the others ignore them.
UNTHINKING = {"enable_thinking": False, "thinking": False}


def end_of_open_thought(prompt: str) -> str | None:
    """What ends the thought that a prompt opens; None where it opens none.

    Raises ValueError with the mark of a thought whose end is not known.
    """
    for first, last in THOUGHTS:
        if prompt.rfind(first) > prompt.rfind(last):
            return ("\n" if prompt.endswith("\n") else "\n\n") + f"{last}\n\n"
    unknown = _SOME_THOUGHT.search(prompt)
    if unknown is not None:
        raise ValueError(unknown[0].strip())
    return None


def without_thoughts(text: str) -> str:
    """The text after the thoughts; one that does not end is all of the rest."""
    for first, last in THOUGHTS:
        while first in text:
            before, _, thought = text.partition(first)
            text = before + thought.partition(last)[2]
        text = text.rpartition(last)[2]
    return text

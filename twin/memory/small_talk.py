"""Tell whether a text says something: greetings, laughter and "ok" find and tell nothing."""

from functools import cache
from pathlib import Path

from twin.memory.words import all_words


def says_something(text: str) -> bool:
    """Whether any of its words is neither a stop word nor small talk."""
    return any(word not in _small_talk() for word in all_words(text))


@cache
def _small_talk() -> frozenset[str]:
    """Of English, and single characters of Chinese, each of which is a word of the index."""
    return frozenset(Path(__file__).with_name("small_talk.txt").read_text("utf-8").split())

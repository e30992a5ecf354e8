"""The words of a question that can find something: not "the", not 的."""

import re
import unicodedata
from pathlib import Path

from storage.search import spaced
from storage.values import storable

MOST = 16  # words of a question: each takes half a millisecond in a large log
_WORD = re.compile(r"\w+")
# Of English, and single characters of Chinese, each of which is a word of the index.
_STOP_WORDS = frozenset(Path(__file__).with_name("stop_words.txt").read_text("utf-8").split())


def words_of(question: str) -> list[str]:
    """The first of its words, as the index has them; empty where it has only stop words."""
    return all_words(question)[:MOST]


def all_words(text: str) -> list[str]:
    """Its words without stop words, each once, as the index has them."""
    whole = unicodedata.normalize("NFC", storable(text)).lower()
    words = dict.fromkeys(_WORD.findall(spaced(whole)))
    return [word for word in words if word not in _STOP_WORDS]

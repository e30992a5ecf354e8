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
    """Without stop words, each once, as the index has them; empty where nothing else is in it."""
    text = unicodedata.normalize("NFC", storable(question)).lower()
    words = dict.fromkeys(_WORD.findall(spaced(text)))
    return [word for word in words if word not in _STOP_WORDS][:MOST]

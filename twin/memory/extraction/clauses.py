"""Split a message into the clauses that may state something."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from twin.memory.extraction.doubt import is_irony, is_statement
from twin.privacy.normalize import plain

LONGEST_MESSAGE = 1000  # characters; longer ones are mostly copied from elsewhere
SHORT = 120  # characters of a sentence that is kept whole

# Not after an initial or an abbreviation. In Chinese a blank stands for a full stop.
_SENTENCES = re.compile(
    r"(?<=[!?。！？…\n])(?![!?。！？…\n])\s*|(?=\n)|(?<=[一-鿿]) +(?=[一-鿿])"
    r"|(?<=\.)(?<![ .][A-Z]\.)(?<!\b[DMdm]r\.)(?<!\b[SsMmFf]t\.)(?<!\b[Mm]s\.)\s+"
)
# "I live in Berlin, you?" still says where.
_ASKS_BACK = re.compile(
    r"[,，.]? {0,3}(?:\b(?:and|but|so|what about|how about|how bout) ){0,2}"
    r"\b(?:you|u|yourself|hbu|wbu) ?[?？]{1,5}$|[,，]? {0,3}[你您]们?[呢吶][?？~]{0,5}$",
    re.IGNORECASE,
)
_SMILEYS = r"(?<![A-Za-z0-9])[:;=]-?[)(DPpdO3/\\|]+(?![A-Za-z0-9])|\b[xX]D+\b"
_PICTURES = "[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d]"
_CLAUSES = re.compile(
    rf"[,;:()~，；：（）、～…]|\.{{2,}}| [-–—]+ |—|{_SMILEYS}|{_PICTURES}+|\[[^\[\]]{{1,8}}\]"
    r"|(?<=[a-zA-Z]) (?=(?:and|but|so|because|cause|cuz|since) (?:i|i'm|im|my|we)\b)",
    re.IGNORECASE,
)
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_CONTRACTIONS = [
    (re.compile(pattern, re.IGNORECASE), text)
    for pattern, text in (
        (r"\b(?:im|i am)\b", "i'm"),
        (r"\bive\b|\bi have (?=been|just|recently|finally|never|moved|lived)", "i've "),
        (r"\b(do|does|did|is|are|was|were|ca|wo|have|has|had)nt\b", r"\1n't"),
        (r"\b(do|does|did|is|are|was|were|have|has) not\b", r"\1n't"),
        (r"\b(?:can not|cannot)\b", "can't"),
        (r"\bmy (\w+)s name\b", r"my \1's name"),
        (r"\bwe are\b|\bwere (?=getting|moving|having)", "we're "),
        (r"\s+", " "),
    )
]


class Clause(NamedTuple):
    """`words`: as rules read it. `text`: what of the message states it, as it was written."""

    words: str
    text: str


def clauses_of(text: str) -> Iterator[Clause]:
    """The clauses of the message that may state something.

    Not those of questions, of what is supposed, wished or told of others, of quotations, and none
    of a message that is a joke.
    """
    if len(text) > LONGEST_MESSAGE or is_irony(text):
        return
    for part in _SENTENCES.split(text):
        sentence = _ASKS_BACK.sub("", part.strip()).strip()
        if is_statement(plain(sentence)):
            yield from _clauses(sentence)


def _clauses(sentence: str) -> Iterator[Clause]:
    for part in _CLAUSES.split(sentence):
        words = _EDGES.sub("", plain(part))
        if words and len(part) <= SHORT:
            whole = sentence if len(sentence) <= SHORT else part.strip()
            yield Clause(_without_contractions(words), whole)


def _without_contractions(words: str) -> str:
    words = words.replace("’", "'")
    for pattern, text in _CONTRACTIONS:
        words = pattern.sub(text, words)
    return words.strip()

"""Tell whether what a friend writes asks for a fact, in English and Chinese chat language."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from twin.privacy.normalize import plain
from twin.prompting.media_marks import without_marks

# What is asked for; "did you" stands for every question whose answer is yes or no.
Asked = Literal["who", "when", "where", "which", "what", "how much", "did you"]

RULES = Path(__file__).with_name("question_rules.toml")
_LOOKED_AT = 2000  # characters of a burst, its last
_LONGEST = 400  # of a sentence
_SENTENCE = re.compile(r"[^\n.!?;…。；]+[?]?")
_SPEAKER = re.compile(r"^[\w .'-]{1,40}: ")  # in a group
_NAME = re.compile(r"(?<!\?P)<([a-z]+)>")
_HAN = re.compile("[一-鿿]")


@dataclass(frozen=True, slots=True)
class QuestionRules:
    """Of one language: what asks for which fact, and what asks for none whatever else it says."""

    asks: tuple[tuple[Asked, re.Pattern[str]], ...]
    talk: re.Pattern[str]


@cache
def question_rules(language: Literal["english", "chinese"]) -> QuestionRules:
    """The rules of question_rules.toml."""
    table = tomllib.loads(RULES.read_text(encoding="utf-8"))[language]
    words = table["words"]
    asks = ((asked, _expression(lines, words)) for asked, lines in table["asks"].items())
    return QuestionRules(tuple(asks), _expression(table["talk"], words))


def _expression(lines: Iterable[str], words: Mapping[str, Any]) -> re.Pattern[str]:
    whole = "|".join(f"(?:{line})" for line in lines)
    while (filled := _NAME.sub(lambda match: words[match[1]], whole)) != whole:
        whole = filled
    return re.compile(whole)


def asks_for_fact(text: str) -> Asked | None:
    """What a burst asks for, in its last sentence that asks; None when it asks for no fact.

    Small talk asks for none ("how are you", 在吗), nor do questions of the moment ("what are you
    doing"), of opinions and wishes, and invitations.
    """
    line = plain(without_marks(text[-_LOOKED_AT:])).lower()
    sentences = [match[0].strip()[:_LONGEST] for match in _SENTENCE.finditer(line)]
    return next(filter(None, map(_asked, reversed(sentences))), None)


def _asked(sentence: str) -> Asked | None:
    sentence = _SPEAKER.sub("", sentence)
    rules = question_rules("chinese" if _HAN.search(sentence) else "english")
    if rules.talk.search(sentence):
        return None
    return next((asked for asked, words in rules.asks if words.search(sentence)), None)

"""Answers in a script that the owner hardly writes: a quoted song, a translator's work."""

from collections import Counter
from collections.abc import Sequence

import regex

from training.dataset.quality.answers import width
from twin.privacy.detectors.links import LINK

# One or two borrowed words, as in bye or 加油, are everybody's.
_ENOUGH = 12
# Japanese writes three at once, which are one here. Han stands alone: it may be Chinese.
_SCRIPTS = {
    "Latin": r"\p{Latin}",
    "Han": r"\p{Han}",
    "Kana": r"[\p{Hiragana}\p{Katakana}]",
    "Hangul": r"\p{Hangul}",
    "Cyrillic": r"\p{Cyrillic}",
    "Greek": r"\p{Greek}",
    "Arabic": r"\p{Arabic}",
    "Hebrew": r"\p{Hebrew}",
    "Thai": r"\p{Thai}",
    "Devanagari": r"\p{Devanagari}",
}
_SCRIPTS["other"] = "[^" + "".join(_SCRIPTS.values()) + "]"
_PATTERNS = {name: regex.compile(pattern) for name, pattern in _SCRIPTS.items()}
_NO_WORDS = regex.compile(r"\[[^\[\]\n]{1,20}\]")


def main_script(text: str) -> str | None:
    """The script of more than half of the letters; None where they are few or mixed.

    Links, WeChat's emoji and what stands for something private are in nobody's script.
    """
    letters = _letters(text)
    if width(letters) < _ENOUGH:
        return None
    if letters.isascii():
        return "Latin"
    half = len(letters) / 2
    return next(
        (name for name, sign in _PATTERNS.items() if len(sign.findall(letters)) > half), None
    )


def _letters(text: str) -> str:
    if "/" in text or "www." in text:
        text = LINK.sub("", text)
    if "[" in text:
        text = _NO_WORDS.sub("", text)
    return "".join(filter(str.isalpha, text))


def foreign(texts: Sequence[str], min_share: float) -> list[bool]:
    """For each text whether it is in a script that less than `min_share` of them are in."""
    scripts = [main_script(text) for text in texts]
    counts = Counter(script for script in scripts if script)
    least = counts.total() * min_share
    return [script is not None and counts[script] < least for script in scripts]

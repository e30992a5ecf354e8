"""Other ways in which a normalized text may be meant: words spelled apart, numbers in words.

They are looked at besides the text as it stands, since each of them is wrong for some texts.
"""

import re
from collections.abc import Iterator

import regex

from twin.privacy.characters import INVISIBLE
from twin.privacy.normalize import Edit, Normalized, as_written, normalize, normalized

HAN = "一-鿿〇"
# Between single letters, digits or Chinese characters: signs, blanks, pictures, as in "b a n k".
_GAP = rf"(?:(?![A-Za-z0-9{HAN}])[^\n]){{1,6}}"
_UNIT = rf"(?:[A-Za-z0-9](?![A-Za-z0-9])|[{HAN}])"
_SPELLED = re.compile(rf"(?<![A-Za-z0-9]){_UNIT}(?:{_GAP}{_UNIT}){{2,}}")
_PARTS = re.compile(rf"([A-Za-z0-9{HAN}])|([^A-Za-z0-9{HAN}]+)")
_NUMBER_GOES_ON = re.compile(rf"{_GAP}\d")
# No clause ends between two Chinese characters with one of these between them; the signs of the
# second part stand inside nothing at all.
_INSIDE = re.compile(rf"(?<=[{HAN}])[ ._*/|·•~^+-]{{1,3}}(?=[{HAN}])|(?<=\S)[*~`^]{{1,3}}(?=\S)")
_WIDE_BLANK = re.compile("[ \\t]{2,}")

_CHINESE_DIGITS = dict(
    zip("〇零一幺二三四五六七八九壹贰叁肆伍陆柒捌玖", "001123456789123456789", strict=True)
)
_NUMERALS = "".join(_CHINESE_DIGITS)
_CHINESE_NUMBER = re.compile(
    rf"[{_NUMERALS}]{{4,}}|(?=(?:\d{{0,4}}[{_NUMERALS}]){{3}})[{_NUMERALS}\d]{{7,}}"
)
_ENGLISH_DIGITS = {
    word: str(digit)
    for digit, words in enumerate(
        ("zero oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
_WORD = rf"(?:{'|'.join(_ENGLISH_DIGITS)})"
_ENGLISH_NUMBER = re.compile(
    rf"(?<![A-Za-z]){_WORD}(?:[ ,.-]{{1,2}}{_WORD}){{3,}}(?![A-Za-z])", re.IGNORECASE
)
_UNSEEN_BLANK = regex.compile(rf"(?<=[A-Za-z0-9]){INVISIBLE.pattern}+(?=[A-Za-z0-9])", regex.V1)
_WORDS = re.compile(r"\w+")
_REVERSED = re.compile("\u202e[^\u202c\u2069\n]*")


def readings(text: str) -> Iterator[Normalized]:
    """Every reading that is worth comparing with what is looked for; the plain one comes first."""
    for read in written(text):
        yield read
        meant = joined(read)
        if meant is not read:
            yield meant


def wordings(text: str) -> list[str]:
    """The text and those of its readings that have other words, for comparing words alone."""
    texts = [text, *(read.text for read in readings(text))]
    return list({tuple(_WORDS.findall(each)): each for each in texts}.values())


def written(text: str) -> Iterator[Normalized]:
    """The text normalized; where it has invisible signs between words, with blanks in their place
    too; where it runs from right to left, in the order in which it is seen.
    """
    yield normalize(text)
    if text.isascii():
        return
    read = as_written(text)
    spaced = _with(" ", _UNSEEN_BLANK, read)
    if spaced is not read:
        yield normalized(spaced)
    if _REVERSED.search(text):
        yield normalized(_as_seen(text))


def _as_seen(text: str) -> Normalized:
    order = list(range(len(text)))
    for match in _REVERSED.finditer(text):
        order[match.start() : match.end()] = reversed(range(match.start(), match.end()))
    seen = "".join(text[at] for at in order)
    return Normalized(seen, order, [at + 1 for at in order])


def joined(read: Normalized) -> Normalized:
    """What is spelled apart put together, numbers in words as digits; itself if there is none."""
    together = _with("", _INSIDE, read.edited(_apart(read.text)))
    together = _with(" ", _WIDE_BLANK, together)
    return together.edited(_numbers(together.text))


def _with(
    text: str, pattern: "re.Pattern[str] | regex.Pattern[str]", read: Normalized
) -> Normalized:
    """With a text in the place of each match."""
    found = (match.span() for match in pattern.finditer(read.text))
    return read.edited(Edit(start, end, text) for start, end in found)


def _apart(text: str) -> Iterator[Edit]:
    for run in _SPELLED.finditer(text):
        parts = list(_PARTS.finditer(run[0]))
        # Digits of a list whose next number has two: "1 2 3 ... 9 10 11"
        if run[0][-1].isdigit() and _NUMBER_GOES_ON.match(text, run.end()):
            continue
        narrow = min((gap[0] for gap in parts[1::2]), key=lambda gap: (gap.count(" "), len(gap)))
        for gap in parts[1::2]:
            start = run.start() + gap.start()
            yield Edit(start, start + len(gap[0]), _between(gap[0], narrow))


def _between(gap: str, narrow: str) -> str:
    """What the gap between two letters means where `narrow` spells them apart: a wider one holds a
    blank, or a sign of the text itself ("c.o.d.e.:. .4").
    """
    if gap == narrow * 3:
        return narrow
    if gap.isspace():
        return " " if gap.count(" ") > narrow.count(" ") else ""
    return "".join(sign for sign in gap.replace(narrow, "") if sign.isascii())


def _numbers(text: str) -> list[Edit]:
    return sorted([*_chinese_numbers(text), *_english_numbers(text)])


def _chinese_numbers(text: str) -> Iterator[Edit]:
    for match in _CHINESE_NUMBER.finditer(text):
        digits = "".join(_CHINESE_DIGITS.get(sign, sign) for sign in match[0])
        yield from (Edit(at, at + 1, digit) for at, digit in enumerate(digits, match.start()))


def _english_numbers(text: str) -> Iterator[Edit]:
    for match in _ENGLISH_NUMBER.finditer(text):
        digits = (_ENGLISH_DIGITS[word.lower()] for word in re.findall(r"[A-Za-z]+", match[0]))
        yield Edit(*match.span(), "".join(digits))

"""Long texts on which a regular expression would take quadratic time, if it can."""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, TypeAlias

import regex

SAMPLES = "a1Z中 \n-.,:;/@\"'<>=&#[](){}|_+*`~éИ？：「」"
AFTER = "\0"  # what no expression expects

Pattern: TypeAlias = re.Pattern[str] | regex.Pattern[str]

_REPEATS = (
    _constants.MAX_REPEAT,
    _constants.MIN_REPEAT,
    _constants.POSSESSIVE_REPEAT,
)


def hostile_texts(pattern: Pattern, length: int) -> list[str]:
    """Texts of about `length` characters: what the expression repeats, alone and with its
    neighbours, over and over, after what comes before it, once and each time.
    """
    texts: dict[str, None] = {}
    for before, part in _parts_of(pattern):
        for opening, unit in ((before, part), ("", before + part)):
            if unit:
                texts[opening + unit * (length // len(unit)) + AFTER] = None
    return list(texts)


def _parts_of(pattern: Pattern) -> Iterator[tuple[str, str]]:
    if isinstance(pattern, re.Pattern):
        parsed = _parser.parse(pattern.pattern, pattern.flags)
        yield from _repeats(parsed, pattern.flags, "")
    else:  # of the package `regex`: in its own notation, and short in this program
        yield from product(("", "a"), SAMPLES)


def _repeats(parsed: Any, flags: int, before: str) -> Iterator[tuple[str, str]]:
    """An example of what comes before, and one of each part that may come more than once."""
    parts = list(parsed)
    for at, (op, value) in enumerate(parts):
        for inner in _inside(op, value):
            yield from _repeats(inner, flags, before)
        if op in _REPEATS and value[1] > 1:
            for example in _examples(value[2], flags):
                yield before, example
                for further in range(at + 2, min(at + 4, len(parts) + 1)):
                    yield before, example + _example(parts[at + 1 : further], flags)
        before += _example([(op, value)], flags)


def _inside(op: Any, value: Any) -> Sequence[Any]:
    if op in _REPEATS:
        return [value[2]]
    if op is _constants.SUBPATTERN:
        return [value[3]]
    if op is _constants.BRANCH:
        return list(value[1])
    if op is _constants.ATOMIC_GROUP:
        return [value]
    if op in (_constants.ASSERT, _constants.ASSERT_NOT):
        return [value[1]]
    return []


def _examples(parsed: Any, flags: int) -> Iterator[str]:
    """Examples of what is matched, one for each sign that a single class of signs takes."""
    op, value = parsed[0] if len(parsed) == 1 else (None, None)
    if op is None or _inside(op, value):
        yield _example(parsed, flags)
    else:
        yield from _signs(op, value, flags)


def _signs(op: Any, value: Any, flags: int) -> Sequence[str]:
    if op is _constants.LITERAL:
        return [chr(value)]
    if op not in (_constants.NOT_LITERAL, _constants.ANY, _constants.IN):
        return [SAMPLES[0]]  # of a group that is met again, mostly a letter
    one = _parser.State()
    one.flags, one.str = flags, ""
    found = re._compiler.compile(_parser.SubPattern(one, [(op, value)]), flags)  # type: ignore[attr-defined]
    fitting = [sign for sign in SAMPLES if found.match(sign)]
    return list(dict.fromkeys(fitting[:1] + fitting[-1:])) or [chr(_lowest(value))]


def _lowest(value: Any) -> int:
    """The first sign of a class that has none of the usual ones."""
    for op, of in value:
        if op is _constants.LITERAL:
            return int(of)
        if op is _constants.RANGE:
            return int(of[0])
    return ord("a")


def _example(parsed: Any, flags: int) -> str:
    """The shortest text that is matched, with what may be missing, more or less."""
    return "".join(_example_of(op, value, flags) for op, value in parsed)


def _example_of(op: Any, value: Any, flags: int) -> str:
    if op in _REPEATS:
        least, _, repeated = value
        return _example(repeated, flags) * int(max(1, least))
    if op is _constants.BRANCH:
        return _example(value[1][0], flags)
    if op in (_constants.SUBPATTERN, _constants.ATOMIC_GROUP):
        return str(_example(_inside(op, value)[0], flags))
    if op in (_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT):
        return ""
    return _signs(op, value, flags)[0]

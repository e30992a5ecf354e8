"""Other ways to write the same sign, made one; every sign keeps its place."""

import unicodedata
from collections.abc import Iterable, Sequence


class _Signs(dict[int, str]):
    """Filled as signs are met: full-width digits and letters, spaces and dashes of every kind."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = unicodedata.normalize("NFKC", sign)
        if len(plain) != 1:
            plain = sign
        self[code] = "-" if unicodedata.category(plain) == "Pd" else plain
        return self[code]


_SIGNS = _Signs()


def fold(text: str) -> str:
    """The text in plain signs, as long as before, so that positions stay true."""
    return text if text.isascii() else text.translate(_SIGNS)


def capitals(text: str) -> str:
    """ASCII letters in capitals; `str.upper` would turn one sign into several."""
    return text.translate(_CAPITALS)


_CAPITALS = {ord(small): small.upper() for small in "abcdefghijklmnopqrstuvwxyz"}


def comparable(text: str) -> str:
    """However it is written: width, case and spaces around it make no difference."""
    return fold(text).casefold().strip()


def is_excluded(names: Iterable[object], excluded: Iterable[str]) -> bool:
    """Whether one of them is a name of the chat; `names` are all that it has."""
    known = {comparable(str(name)) for name in names}
    return any(comparable(wanted) in known for wanted in excluded)


def without(names: Iterable[object], excluded: Sequence[str]) -> list[str]:
    """The list without what names this chat."""
    known = list(names)
    return [wanted for wanted in excluded if not is_excluded(known, [wanted])]

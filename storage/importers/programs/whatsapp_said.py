"""Tell what stands behind a name in WhatsApp's text: words, something sent, or the platform's own.

iPhones put the mark U+200E before whatever is no word of the sender: the whole message, or its end
behind a caption. That holds in every language. Where the mark is missing, as on Android, only a
whole phrase of `whatsapp_words.toml` counts.
"""

import re
import unicodedata
from functools import cache

from storage.importers.base import Said
from storage.importers.file_kinds import kind_of_file
from storage.importers.programs.whatsapp_words import normal, whatsapp_words

MARK = "\u200e"
_RTL_MARK = "\u200f"
_INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
_LONGEST_PHRASE = 200
_SUFFIX = r"\.\w{1,5}"
# `<attached: 00000003-PHOTO-2019-12-25.jpg>` and `<This message was edited>`
_BRACKET = re.compile(
    rf"<{MARK}?(?P<word>[^<>:：\n]{{2,60}})(?:[:：] ?(?P<file>[^<>\n]+{_SUFFIX}))?>"
)
_FILE_NAME = re.compile(rf"{MARK}?(?P<file>[^<>\n]+{_SUFFIX})")
# How Android names what WhatsApp saved: then the word behind it may be of any language.
_OWN_NAME = re.compile(r"[A-Z]{3}-\d{8}-WA\d{4,6}\.\w{0,5}")
# What Android writes of a picture to be seen once, and of whatever it can't write.
_NOTHING = "null"
_MEDIA_OMITTED = re.compile(r"<(?P<word>[^<>\n]{3,60})>(?:\n(?P<caption>.*))?", re.DOTALL)
_PLACE = re.compile(rf"{MARK}?(?:[^\n:：]{{1,30}}[:：] ?)?https://maps\.google\.com/\?q=[-\d.,]+")
_LABEL = re.compile(rf"{MARK}?([^:：]{{1,30}}[:：])")
_VOTES = re.compile(rf"{MARK}?\d{{1,6}}[^()\d][^()]{{0,60}}\)")
_DOCUMENT = re.compile(rf"[^\n]+{_SUFFIX}(?:\s*•.*)?")
_BEFORE_MARK = re.compile(rf"[.,。،、]? ?{MARK}")
_SENTENCE_END = re.compile(r"[.。](?:\s|$)|。|; ")
_STICKER = re.compile(r"(?:[\d-]{1,24}-)?(?:STK|STICKER|GIF)-.*|.*\.webp")


def said(raw: str, *, iphone: bool = False, marked_line: bool = False, rtl: bool = False) -> Said:
    """`raw` is all that follows the name, with its marks.

    `marked_line`: a mark stands before the date, as where a file belongs to the message; `rtl`: the
    file is written from right to left, where the mark also stands before words of other scripts.
    """
    raw = raw.removeprefix(_RTL_MARK)
    if raw == _NOTHING and not iphone:
        return Said("other", raw=raw)
    if _is_surely_words(raw):
        return Said("text", without_marks(raw))
    text, edited = _without_edit_mark(raw.strip())
    found = _file(text) or _omitted(text) or _whole_phrase(text, iphone)
    if found is not None:
        return found._replace(edited=edited)
    words = without_marks(text)
    if iphone and is_platform(text, rtl):
        return Said("other") if marked_line else Said("system", words, of_platform=True)
    # Without a mark at its end, the text is left as it stands, with its spaces.
    return Said("text", words if edited else without_marks(raw), edited=edited)


def _is_surely_words(raw: str) -> bool:
    """Nearly all messages: no mark, no bracket, no whole phrase."""
    if MARK in raw or raw.startswith("<") or raw.rstrip().endswith((">", ")")) or ")\n" in raw:
        return False
    return "WhatsApp" not in raw and "://maps" not in raw and normal(raw) not in _whole_phrases()


@cache
def _whole_phrases() -> frozenset[str]:
    words = whatsapp_words()
    return words.deleted.union(
        *(words.missed_calls, words.live_location, words.waiting, words.encrypted, words.omitted)
    )


def is_platform(raw: str, rtl: bool) -> bool:
    """Whether an iPhone marks the whole of it as nobody's words."""
    if not raw.startswith(MARK):
        return False
    letters = (unicodedata.bidirectional(sign) for sign in without_marks(raw))
    return not rtl or any(letter in ("R", "AL") for letter in letters)


def without_marks(text: str) -> str:
    return text if text.isascii() else text.translate(_INVISIBLE)


def _without_edit_mark(text: str) -> tuple[str, bool]:
    before, marked, match = _bracket_at_the_end(text)
    if match is None or match["file"] or not before.strip():
        return text, False
    words, phrase = whatsapp_words(), normal(match["word"])
    inside = match[0].startswith(f"<{MARK}")
    if inside or phrase in words.attached or not (marked or phrase in words.edited):
        return text, False
    return before.rstrip(), True


def _bracket_at_the_end(text: str) -> tuple[str, bool, re.Match[str] | None]:
    """(what stands before it, whether it is marked, `<…>`)."""
    at = text.rfind("<")
    match = _BRACKET.fullmatch(text, at) if at >= 0 and text.endswith(">") else None
    before = text[: max(at, 0)]
    marked = before.endswith(MARK) or text.startswith(f"<{MARK}", max(at, 0))
    return before.removesuffix(MARK), marked, match


def _file(text: str) -> Said | None:
    """`caption <attached: a.jpg>` of iPhones; `a.jpg <attached>` until 2016; Android's below."""
    before, marked, match = _bracket_at_the_end(text)
    if match is None:
        return _file_of_android(text)
    if not marked and normal(match["word"]) not in whatsapp_words().attached:
        return None
    if match["file"]:
        return _sent_file(match["file"], before)
    name = _FILE_NAME.fullmatch(before.rstrip())
    return _sent_file(name["file"], "") if name else None


def _file_of_android(text: str) -> Said | None:
    """`a.jpg (file attached)`, a caption on the lines below."""
    line, _, caption = text.partition("\n")
    name, bracket, word = line.rstrip(")").rpartition(" (")
    if not bracket or not line.endswith(")"):
        return None
    file = name.removeprefix(MARK)
    own = _OWN_NAME.fullmatch(file) is not None  # a document may have no ending
    known = own or line.startswith(MARK) or normal(word) in whatsapp_words().attached
    is_file = own or _FILE_NAME.fullmatch(name) is not None
    return _sent_file(file, caption) if is_file and known else None


def _sent_file(name: str, caption: str) -> Said:
    caption = without_marks(caption).strip()
    # Of a document, its name stands where pictures have a caption.
    title = caption.partition(" • ")[0].strip()
    kind = "sticker" if _STICKER.fullmatch(name) else kind_of_file(name)
    return Said(kind, "" if title and name.endswith(title) else caption, file=name.strip(MARK))


def _omitted(text: str) -> Said | None:
    """`image omitted`, alone or marked behind a caption or a document's name."""
    before, _, last = text.rpartition(MARK)
    if len(last) > _LONGEST_PHRASE:
        return None
    kind = whatsapp_words().omitted.get(normal(last.strip("<>")))
    if kind is None:
        return None
    caption = without_marks(before).strip()
    return Said(kind, "" if kind == "file" and _DOCUMENT.fullmatch(caption) else caption)


def _whole_phrase(text: str, iphone: bool) -> Said | None:
    if _is_poll(text):
        return Said("other")
    if len(text) > _LONGEST_PHRASE and not text.startswith("<"):
        return _encrypted(text)
    words, phrase = whatsapp_words(), normal(text)
    if phrase in words.deleted:
        return Said("system", without_marks(text), recalled=True)
    if phrase in words.waiting:
        return Said("system", without_marks(text), of_platform=True)
    if phrase in words.live_location or _PLACE.fullmatch(text):
        return Said("location")
    # `Missed voice call. Tap to call back`
    first = normal(_BEFORE_MARK.split(text.lstrip(MARK))[0])
    known = words.missed_calls | words.calls if iphone and text[0:1] == MARK else words.missed_calls
    if first in known:
        return Said("call")
    media = _MEDIA_OMITTED.fullmatch(text)
    if media and normal(media["word"]) in words.media_omitted:
        return Said("other", (media["caption"] or "").strip())
    return _encrypted(text)


def _is_poll(text: str) -> bool:
    """`POLL:`, the question, and the choices: `OPTION: Rome (1 vote)`."""
    heading, *rest = text.split("\n")
    if len(rest) < 2 or not rest[0] or not _LABEL.fullmatch(heading):
        return False
    labels = {_label_of_choice(choice) for choice in rest[1:]}
    return len(labels) == 1 and "" not in labels


def _label_of_choice(line: str) -> str:
    """What every choice of a poll begins with; "" for another line."""
    label, votes = _LABEL.match(line), _VOTES.fullmatch(line[line.rfind("(") + 1 :])
    return label[1] if label and votes and "(" in line else ""


def _encrypted(text: str) -> Said | None:
    sentence = normal(_SENTENCE_END.split(without_marks(text), maxsplit=1)[0])
    if sentence not in whatsapp_words().encrypted:
        return None
    return Said("system", without_marks(text), of_platform=True)

"""Read a OneBot message's segments: what was written, what kind it is, who is mentioned.

Their shapes are those of NapCat 4 and LLBot 8, which add to the standard's.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from storage.messages import Kind

Segment = dict[str, Any]

_KINDS: dict[str, Kind] = {
    "image": "image",
    "mface": "sticker",
    "face": "sticker",
    "dice": "sticker",
    "rps": "sticker",
    "record": "voice",
    "video": "video",
    "file": "file",
    "onlinefile": "file",
    "flashtransfer": "file",
    "flash_file": "file",
    "json": "link",
    "xml": "link",
    "share": "link",
    "music": "link",
    "miniapp": "link",
    "location": "location",
    "contact": "contact",
    "forward": "forward",
    "node": "forward",
}
_WITH_URL = frozenset({"image", "mface", "record", "video", "file"})
_OF_TEXTS = frozenset({"reply", "at", "text", "markdown", "keyboard"})
_CARDS: tuple[tuple[str, Kind], ...] = (
    ("com.tencent.map", "location"),
    ("com.tencent.multimsg", "forward"),
    ("com.tencent.contact", "contact"),
    ("com.tencent.troopsharecard", "contact"),
)
_LONGEST_RAW = 2_000  # characters of one value: gateways may send a whole picture as text
_LONGEST_CARD = 100_000


class Media(NamedTuple):
    """Where a message's file can be had, and what it is called."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says. `raw`: the segments as JSON, where they are more than words."""

    kind: Kind
    text: str
    reply_to: str | None = None
    mentions: frozenset[str] = frozenset()
    raw: str | None = None
    media: Media | None = None


def segments_of(message: Any) -> list[Segment]:
    """The well-formed segments. `message` is a list, as gateways set to "array" send it."""
    if not isinstance(message, list):
        return []
    return [
        {"type": one["type"], "data": one["data"] if isinstance(one.get("data"), dict) else {}}
        for one in message
        if isinstance(one, dict) and isinstance(one.get("type"), str)
    ]


def content_of(segments: Sequence[Segment], name_of: Callable[[str], str]) -> Content:
    """`name_of` gives the name of an account by its number."""
    words = "".join(_words(one, name_of) for one in segments)
    others = [one for one in segments if one["type"] not in _OF_TEXTS]
    replies = [word(one["data"], "id") for one in segments if one["type"] == "reply"]
    mentioned = [word(one["data"], "qq") for one in segments if one["type"] == "at"]
    kind: Kind = "text"
    if others and not _own_words(segments):
        kind, words = _kind(others[0]), _title(others[0])
    elif not others and not words:
        kind = "other"  # a reply to nothing, an empty message
    is_plain = all(one["type"] == "text" for one in segments)
    return Content(
        kind=kind,
        text=words,
        reply_to=next(filter(None, replies), None),
        mentions=frozenset(mentioned),
        raw=None if is_plain else _raw(segments),
        media=next(filter(None, map(_media, others)), None),
    )


def word(data: Segment, *keys: str) -> str:
    """The first of these values that is a text or a number, as text; "" if there is none."""
    for key in keys:
        value = data.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def _words(segment: Segment, name_of: Callable[[str], str]) -> str:
    data = segment["data"]
    match segment["type"]:
        case "text":
            return word(data, "text")
        case "markdown":
            return word(data, "content")
        case "at":
            number = word(data, "qq")
            told = "全体成员" if number == "all" else word(data, "name").lstrip("@")
            return "@" + (told or name_of(number))
        case "face":
            return _face(data)
    return ""


def _own_words(segments: Sequence[Segment]) -> str:
    """What was typed: neither who is mentioned nor a face in its place."""
    typed = [one for one in segments if one["type"] in ("text", "markdown")]
    return "".join(_words(one, str) for one in typed).strip()


def _face(data: Segment) -> str:
    """`[微笑]` where the gateway names it: QQ's own way to write a face."""
    raw = data.get("raw")
    name = word(raw, "faceText").strip("/[] ") if isinstance(raw, dict) else ""
    return f"[{name}]" if name else ""


def _kind(segment: Segment) -> Kind:
    data = segment["data"]
    if segment["type"] == "json":
        app = word(_card(data), "app")
        return next((kind for prefix, kind in _CARDS if app.startswith(prefix)), "link")
    is_sticker = word(data, "emoji_id") or word(data, "sub_type", "subType") == "1"
    if segment["type"] == "image" and is_sticker:
        return "sticker"
    return _KINDS.get(segment["type"], "other")


def _title(segment: Segment) -> str:
    """What says best what it is: a file's name, a card's title and address."""
    data = segment["data"]
    match segment["type"]:
        case "file" | "onlinefile" | "flashtransfer" | "flash_file":
            return word(data, "name", "fileName", "title", "file")
        case "json":
            return "\n".join(filter(None, _card_lines(_card(data))))
        case "share" | "music" | "location":
            return "\n".join(filter(None, (word(data, "title"), word(data, "url", "content"))))
    return ""


def _card(data: Segment) -> Segment:
    text = data.get("data")
    if isinstance(text, str) and len(text) <= _LONGEST_CARD:
        try:
            text = json.loads(text)
        except (ValueError, RecursionError):
            return {}
    return text if isinstance(text, dict) else {}


def _card_lines(card: Segment) -> tuple[str, str]:
    """A card's title and address: `meta` holds one part whose name varies."""
    meta = card.get("meta")
    told = list(meta.values()) if isinstance(meta, dict) else []
    parts = [part for part in told if isinstance(part, dict)]
    title = next((found for part in parts if (found := word(part, "title", "desc"))), "")
    url = next((found for part in parts if (found := word(part, "qqdocurl", "jumpUrl"))), "")
    return title or word(card, "prompt"), url


def _media(segment: Segment) -> Media | None:
    data = segment["data"]
    url = word(data, "url")
    if segment["type"] not in _WITH_URL or not url.startswith(("http://", "https://")):
        return None  # a path of the gateway's machine is none that we read
    return Media(url, word(data, "name", "file"))


def _raw(segments: Sequence[Segment]) -> str:
    return json.dumps([_shortened(one) for one in segments], ensure_ascii=False)


def _shortened(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return value[:_LONGEST_RAW]
    if depth > 8:
        return None
    if isinstance(value, dict):
        return {str(key): _shortened(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one, depth + 1) for one in value[:200]]
    return value

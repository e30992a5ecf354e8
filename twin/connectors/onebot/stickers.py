"""What a OneBot gateway takes to show a sticker again, and a picture that is shown as one."""

import base64
import json
from typing import Any

from twin.connectors.base import Sticker

Segment = dict[str, Any]
FILES = frozenset({".gif", ".png", ".jpg", ".jpeg"})
_AS_STICKER = 1  # of a picture: shown small, without a frame
_LONGEST = 500


def sticker_key(raw: str) -> str | None:
    """A segment as JSON: a face by its number, or one of QQ's shop by its numbers and key. None for
    a picture, which is sent as a file, and for dice, which fall anew each time.
    """
    try:
        segments = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    for one in segments if isinstance(segments, list) else ():
        segment = _segment(one) if isinstance(one, dict) else None
        if segment is not None:
            return json.dumps(segment, ensure_ascii=False, sort_keys=True)
    return None


def _segment(told: Segment) -> Segment | None:
    data = told.get("data")
    if not isinstance(data, dict):
        return None
    if told.get("type") == "face" and (number := _number(data.get("id"))) is not None:
        return {"type": "face", "data": {"id": str(number)}}
    package = _number(data.get("emoji_package_id"))
    id_, key = data.get("emoji_id"), data.get("key")
    if told.get("type") in ("mface", "image") and package is not None and _is_word(id_, key):
        values: Segment = {"emoji_package_id": package, "emoji_id": id_, "key": key}
        summary = data.get("summary")
        values |= {"summary": summary} if _is_word(summary) else {}
        return {"type": "mface", "data": values}
    return None


def _is_word(*values: Any) -> bool:
    return all(isinstance(one, str) and 0 < len(one) <= _LONGEST for one in values)


def _number(value: Any) -> int | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def segment_of(sticker: Sticker) -> Segment:
    """What is sent. It may read a file: not for the event loop."""
    if sticker.key is not None:
        segment: Segment = json.loads(sticker.key)
        return segment
    assert sticker.file is not None
    data = base64.b64encode(sticker.file.read_bytes()).decode()
    shown = {"summary": "[动画表情]", "sub_type": _AS_STICKER, "subType": _AS_STICKER}
    return {"type": "image", "data": {"file": f"base64://{data}"} | shown}

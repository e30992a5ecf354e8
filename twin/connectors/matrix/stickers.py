"""What a Matrix server takes to show a sticker again: the content of its event, as it was sent."""

import json
import re

_FILE = re.compile(r"mxc://[\w.:\[\]-]{1,255}/[\w-]{1,255}", re.ASCII)
_LONGEST = 4_000  # characters of the whole


def sticker_key(raw: str) -> str | None:
    """The content as JSON; None for what names no file of a server."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    sealed = content.get("file")
    where, url = "url", content.get("url")
    if isinstance(sealed, dict):
        where, url = "file", sealed.get("url")
    if not isinstance(url, str) or _FILE.fullmatch(url) is None:
        return None
    kept = {"body": "", "info": {}} | {
        name: content[name] for name in ("body", "info", where) if name in content
    }
    is_sound = isinstance(kept["body"], str) and isinstance(kept["info"], dict)
    key = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    return key if is_sound and len(key) <= _LONGEST else None

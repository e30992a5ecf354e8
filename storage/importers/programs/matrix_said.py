"""What a Matrix event says: words, a kind of media, or a line of the platform.

After the Client-Server API's descriptions of events; captions after MSC2530, polls after MSC3381.
"""

import re
from collections.abc import Mapping
from typing import Any

from storage.importers.base import Said
from storage.importers.file_kinds import kind_of_file
from storage.importers.programs.markdown_quotes import without_quote_above
from storage.importers.record_fields import part, text, word
from storage.messages import Kind

_MEDIA: dict[str, Kind] = {
    "m.image": "image",
    "m.video": "video",
    "m.audio": "voice",
    "m.file": "file",
}
_POLLS = ("m.poll.start", "org.matrix.msc3381.poll.start")
_OF_PROGRAMS = ("m.notice", "m.server_notice", "m.key.verification.request")
# Written by clients that answer; nobody types an address in brackets behind ">".
_ANSWERED = re.compile(r"> (?:\* )?<@[^\s<>:]{1,255}:[^\s<>]{1,255}>")


def matrix_said(event: Mapping[str, Any], changed: Mapping[str, Any]) -> Said | None:
    """None for what is no message: reactions, edits and the steps of a call.

    `changed`: the content of the last edit, empty where there was none.
    """
    type_ = word(event, "type")
    if "state_key" in event or type_.startswith("m.key.verification"):
        return Said("system", _state(event, type_), of_platform=True)
    if type_ == "m.room.message":
        return _message(changed or part(event, "content"))
    if type_ == "m.sticker":
        return Said("sticker", raw=word(part(event, "content"), "body") or None)
    if type_ == "m.call.invite":
        return Said("call")
    if type_ in ("m.reaction", "m.room.redaction") or type_.startswith("m.call."):
        return None
    # A poll, what could not be decrypted, and what programs made up.
    return Said("other", raw=_question(event, type_) or type_)


def _message(content: Mapping[str, Any]) -> Said:
    type_, body = word(content, "msgtype"), text(content, "body")
    words, quoted = without_quote(body)
    if type_ in ("m.text", "m.emote"):
        # Where it is shown as a quote; otherwise the sign is typed.
        is_shown = "<blockquote>" in word(content, "formatted_body")
        words, above = without_quote_above(words) if is_shown else (words, None)
        return Said("text", words, quoted or above)
    if type_ in _OF_PROGRAMS:
        return Said("system", body, of_platform=True)
    if type_ in _MEDIA:
        name = word(content, "filename")
        # Without a name of its own, the body is the file's.
        caption = words if name and words != name else ""
        name = name or words
        kind = kind_of_file(name) if type_ == "m.file" else _MEDIA[type_]
        return Said(kind, caption, name or None)
    if type_ == "m.location":
        return Said("location", raw=word(content, "geo_uri") or None)
    return Said("other", raw=body or None)


def without_quote(body: str) -> tuple[str, str | None]:
    """(the words, what they answer): old clients quoted it above the words."""
    if _ANSWERED.match(body) is None:
        return body, None
    lines = body.split("\n")
    end = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
    rest = "\n".join(lines[end:])
    return rest.removeprefix("\n"), "\n".join(lines[:end])


def _state(event: Mapping[str, Any], type_: str) -> str:
    membership = word(part(event, "content"), "membership")
    return f"{type_}: {membership}" if membership else type_


def _question(event: Mapping[str, Any], type_: str) -> str:
    if type_ not in _POLLS:
        return ""
    content = part(event, "content")
    question = part(part(content, type_), "question")
    return word(question, "org.matrix.msc1767.text", "body") or word(content, "body")

"""imessage-exporter's .html: a page for each chat, and in it a `div` for each message.

Written by imessage-exporter (`exporters/html.rs`, read at 1.0, 1.8, 2 and 4). Answers stand where
they belong in the chat, and once more below what they answer.
"""

import re
from collections.abc import Iterator
from html import unescape

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.copy_marks import chat_by_file
from storage.importers.file import ExportFile
from storage.importers.programs.imessage_page import Post, posts
from storage.importers.programs.imessage_said import DATE, is_unsent, sent_ms
from storage.importers.record_fields import BadRow, shown
from storage.texts import Text

NAME = "imessage-html"
PLATFORM = "imessage"
PROGRAMS = (
    Program(
        "imessage-exporter",
        "HTML",
        "in the file",
        unsure="answers are taken where they stand in the chat",
        versions="1.0 to 4",
        source="its source and its tests",
    ),
)
LOOKS_FOR = ('<div class="message">', '<div class="sent iMessage">')

_STYLE = ".message .sent .replies .reply .message .sent"
_SIGN = re.compile(r'class="message",?[^<>]{0,80}>\s*<div class="(?:sent\b|received")')
_SENDER = re.compile(r'class="(?:(sent|received)\b|sender">([^<]{1,200})<)')
_DATE = re.compile(DATE)
_OBJECT = "\ufffc"  # where a picture stood in the text


def recognizes(file: ExportFile) -> bool:
    return file.is_html and (_STYLE in file.head or _SIGN.search(file.head) is not None)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    owners, friends = _senders(file)
    file.note_local_times()
    chat = chat_by_file(file, owners | friends)
    kind = "group" if len(friends) > 1 else "direct"

    def message(post: Post) -> ImportedMessage | None:
        made = _message(post, chat)
        return made and made._replace(chat_kind=kind)

    return file.each(((post.line, post) for post in posts(file)), message)


def _senders(file: ExportFile) -> tuple[set[str], set[str]]:
    """(the owner's names, the others')."""
    names: dict[str, set[str]] = {"sent": set(), "received": set()}
    side = "received"
    for _, line in file.lines():
        for found in _SENDER.finditer(line):
            if found[1]:
                side = found[1]
            elif len(names[side]) < 1000:
                names[side].add(unescape(found[2]).strip())
    return names["sent"], names["received"]


def _message(post: Post, chat: str) -> ImportedMessage | None:
    event, time = post.text("event"), post.text("time")
    if post.is_event and not time:
        return None  # "Unable to format announcement!"
    if not post.is_event and post.from_owner is None:
        raise BadRow(Text("a message neither sent nor received"))
    sender = post.text("sender")
    if not post.is_event and not sender:
        raise BadRow(Text("a message without a sender"))
    what = Said("system", event, recalled=is_unsent(event)) if post.is_event else _said(post)
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender,
        sender_name=sender,
        sent_at=_time(time),
        text=what.words,
        kind=what.kind,
        from_owner=bool(post.from_owner),
        recalled=what.recalled,
        edited=what.edited,
        raw=what.raw,
        chat_id_is_name=True,
        file=post.file,
    )


def _time(written: str) -> int:
    found = _DATE.match(written)
    if found is None:
        raise BadRow(Text("time {value} is not a date and time", value=shown(written)))
    return sent_ms(found[0])


def _said(post: Post) -> Said:
    words = ["".join(part).replace(_OBJECT, "").strip() for part in post.words]
    if post.is_edited:
        words = list(dict.fromkeys(words))  # up to 1.8 every part has all the words
    text = "\n".join(filter(None, words))
    raw = "\n".join(post.notes) or None
    unsent = post.text("unsent")
    if post.kinds:
        kind = post.kinds[0]
    elif unsent and not text:
        return Said("system", unsent, raw, recalled=True)
    else:
        kind = "text" if text else "sticker" if post.has_sticker else "other"
    return Said(kind, text, raw, "deleted" in post.said, post.is_edited or bool(unsent))

"""Signal's own export: `main.jsonl`, all chats in one file, a frame a line.

Written by Signal Desktop and Signal for Android (a plain-text export of the chat history); its
frames are those of libsignal's `backup.proto`, with whole numbers as strings. It knows the owner.
People are known by their account's id, groups by a hash of their key, which is a secret.
"""

import hashlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_media_type
from storage.importers.record_fields import (
    BadRow,
    as_object,
    epoch_ms,
    needed,
    objects,
    part,
    text,
    word,
)
from storage.messages import Kind
from storage.texts import Text

NAME = "signal"
PLATFORM = "signal"
PROGRAMS = (
    Program(
        "Signal Desktop, Signal for Android",
        "`main.jsonl` of the plain-text export",
        "in the file",
        unsure="the rest of texts over 2 KB, which lies in `files/`",
        source="the backup's description and programs that read it",
    ),
)
LOOKS_FOR = ("version", "backupTimeMs", "currentAppVersion")

_OWNER = "self"
_MENTION = "\ufffc"
# What a message holds besides words, by the name of its field.
_KINDS: dict[str, Kind] = {
    "contactMessage": "contact",
    "stickerMessage": "sticker",
    "paymentNotification": "transfer",
    "giftBadge": "other",
    "poll": "other",
}
_TAKEN_BACK = ("remoteDeletedMessage", "adminDeletedMessage")
_CALLS = ("individualCall", "groupCall")


class _Person(NamedTuple):
    """A recipient: a contact, a group or the owner."""

    id: str
    name: str
    kind: str


def recognizes(file: ExportFile) -> bool:
    return file.shape.root == "{" and file.shape.has("version", "backupTimeMs")


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    return file.each(file.json_lines(), _Frames().message)


class _Frames:
    """The people and chats so far: a frame comes before those that name it."""

    def __init__(self) -> None:
        self._owner_name = ""
        self._people: dict[str, _Person] = {}
        self._by_account: dict[str, str] = {}
        self._chats: dict[str, _Person] = {}

    def message(self, row: object) -> ImportedMessage | None:
        frame = as_object(row)
        item = part(frame, "chatItem")
        if item:
            return self._message(item)
        account, chat = part(frame, "account"), part(frame, "chat")
        if account:
            self._owner_name = _full(account, "givenName", "familyName")
        elif part(frame, "recipient"):
            self._meet(part(frame, "recipient"))
        elif chat:
            self._chats[needed(chat, "id")] = self._person(chat, "recipientId")
        return None

    def _meet(self, recipient: Mapping[str, Any]) -> None:
        id_, contact = needed(recipient, "id"), part(recipient, "contact")
        group = part(recipient, "group")
        if contact:
            account = word(contact, "aci", "e164", "pni", "username")
            person = _Person(account or f"contact {id_}", _name_of(contact) or "Unknown", "direct")
            self._by_account[account] = person.name
        elif group:
            title = word(part(part(group, "snapshot"), "title"), "title") or "Group"
            secret = word(group, "masterKey") or title
            person = _Person(hashlib.sha256(secret.encode()).hexdigest()[:32], title, "group")
        elif _OWNER in recipient:
            person = _Person(_OWNER, self._owner_name or "Me", "self")
        else:
            person = _Person("", "Signal", "direct")  # its news, and links of calls
        self._people[id_] = person

    def _person(self, fields: Mapping[str, Any], name: str) -> _Person:
        found = self._people.get(needed(fields, name))
        if found is None:
            raise BadRow(
                Text("{name} {value} is nobody above it", name=name, value=needed(fields, name))
            )
        return found

    def _message(self, item: Mapping[str, Any]) -> ImportedMessage:
        chat = self._chats.get(needed(item, "chatId"))
        if chat is None:
            raise BadRow(
                Text(
                    "{name} {value} is no chat above it", name="chatId", value=word(item, "chatId")
                )
            )
        author = self._person(item, "authorId")
        first = next(iter(objects(item, "revisions")), item)
        kind, said, raw = self._content(item)
        recalled = any(name in item for name in _TAKEN_BACK)
        is_line = not author.id or (kind == "system" and not recalled)
        quote = part(part(item, "standardMessage"), "quote")
        return ImportedMessage(
            chat_id=chat.id or chat.name,
            chat_name="Note to Self" if chat.kind == "self" else chat.name,
            sender_id="" if is_line else author.id,
            sender_name=author.name,
            sent_at=epoch_ms(first, "dateSent", 1000),
            text=said,
            kind="system" if is_line else kind,
            from_owner=not is_line and (author.id == _OWNER or "outgoing" in item),
            external_id=_key(word(first, "dateSent"), author.id),
            chat_kind=chat.kind,
            recalled=recalled,
            raw=raw,
            reply_to=self._answered(quote) if quote else None,
            file=_file(item),
            edited=first is not item,
        )

    def _answered(self, quote: Mapping[str, Any]) -> str | None:
        author = self._people.get(word(quote, "authorId"))
        at = word(quote, "targetSentTimestamp")
        return _key(at, author.id) if author and at else None

    def _content(self, item: Mapping[str, Any]) -> tuple[Kind, str, str | None]:
        if "standardMessage" in item:
            return self._standard(part(item, "standardMessage"))
        if "updateMessage" in item:
            what = next(iter(part(item, "updateMessage")), "updateMessage")
            return ("call", "", what) if what in _CALLS else ("system", what, None)
        if "directStoryReplyMessage" in item:
            reply = part(item, "directStoryReplyMessage")
            words = self._words(part(part(reply, "textReply"), "text")) or word(reply, "emoji")
            return "text", words, "an answer to a story"
        if "viewOnceMessage" in item:
            attached = part(part(item, "viewOnceMessage"), "attachment")
            return (_kind_of_attachment(attached) if attached else "other"), "", "viewOnceMessage"
        if any(name in item for name in _TAKEN_BACK):
            return "system", "", None
        found = next((name for name in _KINDS if name in item), "")
        more = part(item, found)
        raw = word(more, "question", "note") or word(part(more, "sticker"), "emoji") or found
        return _KINDS.get(found, "other"), "", raw or None

    def _standard(self, message: Mapping[str, Any]) -> tuple[Kind, str, str | None]:
        said = self._words(part(message, "text"))
        quoted = word(part(part(message, "quote"), "text"), "body")
        for attached in objects(message, "attachments"):
            name = word(part(attached, "pointer"), "fileName", "contentType")
            return _kind_of_attachment(attached), said, name or None
        return "text", said, quoted or None

    def _words(self, said: Mapping[str, Any]) -> str:
        """With the names of the people who are mentioned, for whom a sign stands in the text."""
        body = text(said, "body")
        if _MENTION not in body:
            return body
        ranges = [one for one in objects(said, "bodyRanges") if word(one, "mentionAci")]
        ranges.sort(
            key=lambda one: int(word(one, "start")) if word(one, "start").isdecimal() else 0
        )
        pieces = body.split(_MENTION)
        names = [self._by_account.get(word(one, "mentionAci"), "") for one in ranges]
        names = [f"@{name or self._owner_name}" for name in names][: len(pieces) - 1]
        names += [""] * (len(pieces) - 1 - len(names))
        return "".join(piece for both in zip(pieces, [*names, ""], strict=True) for piece in both)


def _key(sent: str, author: str) -> str:
    """Signal has no ids of messages: the time and the author are one."""
    return f"{sent} {author}"


def _name_of(contact: Mapping[str, Any]) -> str:
    """As Signal shows it."""
    return (
        _full(part(contact, "nickname"), "given", "family")
        or _full(contact, "systemGivenName", "systemFamilyName")
        or _full(contact, "profileGivenName", "profileFamilyName")
        or word(contact, "username", "e164")
    )


def _full(fields: Mapping[str, Any], *names: str) -> str:
    return " ".join(filter(None, (word(fields, name) for name in names)))


def _file(item: Mapping[str, Any]) -> str:
    """Signal names a file by a hash of its own hash and its key, and keeps its ending."""
    standard, once = part(item, "standardMessage"), part(item, "viewOnceMessage")
    sticker = part(part(part(item, "stickerMessage"), "sticker"), "data")
    attached = (*objects(standard, "attachments"), part(once, "attachment"))
    for pointer in (*(part(one, "pointer") for one in attached), sticker):
        where = part(pointer, "locatorInfo")
        try:
            parts = [b64decode(word(where, name)) for name in ("plaintextHash", "localKey")]
        except ValueError:
            continue
        if all(parts):
            name = hashlib.sha256(b"".join(parts)).hexdigest()
            return f"files/{name[:2]}/{name}"
    return ""


def _kind_of_attachment(attached: Mapping[str, Any]) -> Kind:
    flag = word(attached, "flag")
    if flag in ("VOICE_MESSAGE", "GIF"):
        return "voice" if flag == "VOICE_MESSAGE" else "sticker"
    return kind_of_media_type(word(part(attached, "pointer"), "contentType"))

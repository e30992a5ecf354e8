"""Messages of Microsoft Teams as Microsoft Graph describes them (`chatMessage`), as JSON.

That is how programs keep them: Export-TeamsChat beside the `chatInfo`, teams-chat-backup as a list
of each page, teams-chats-export as a file a message, CLI for Microsoft 365 as a list, and whoever
saves what Graph answers. Neither Graph nor they say whose chats these are.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.dates import zoned_ms
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.importers.programs.rich_text import RichText, rich_text
from storage.importers.record_fields import as_object, needed, objects, part, text, word
from storage.messages import Kind

NAME = "teams"
PLATFORM = "teams"
PROGRAMS = (
    Program(
        "Teams (work or school): Export-TeamsChat, teams-chat-backup and others",
        "JSON of Microsoft Graph's `chatMessage`",
        "`--me`: name, address or id",
        unsure="addresses are known where `chatInfo` lists the members",
        source="Microsoft's description and the programs' source",
    ),
)
LOOKS_FOR = ("createdDateTime", "messageType", "from", "body")

# Where the messages lie: a list, Graph's page, Export-TeamsChat's, or the file is one.
_PLACES = ("*.", "value.*.", "messages.*.", "")
_SIGNS = ("createdDateTime", "from", "body", "body.content")
_OF_MAIL = "receivedDateTime"
_DIRECT = "@unq.gbl.spaces"
_GONE = "Unknown user"
_NAMED = 4  # people in the name of a chat without a topic
_EVENT = "#microsoft.graph."
_CALLS = ("callStartedEventMessageDetail", "callEndedEventMessageDetail")
_FORWARD, _ANSWER = "forwardedMessageReference", "messageReference"

# Names by id, of each chat.
_People = dict[str, dict[str, str]]


def recognizes(file: ExportFile) -> bool:
    return _place(file) is not None


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    place = (_place(file) or "").removesuffix(".")
    is_exported = "chatInfo" in file.shape.keys
    info = part(file.header("chatInfo"), "chatInfo") if is_exported else {}
    members = [one for one in objects(info, "members") if word(one, "userId", "id")]
    accounts = {word(one, "userId", "id"): word(one, "email") for one in members}
    people = _people(file, place)

    def message(row: object) -> ImportedMessage | None:
        made = _message(as_object(row))
        if made is None:
            return None
        id_ = made.chat_id or word(info, "id") or file.called.stem
        names = {word(one, "displayName"): "" for one in members} or dict.fromkeys(
            people[made.chat_id].values()
        )
        is_direct = id_.endswith(_DIRECT) or word(info, "chatType") == "oneOnOne"
        return made._replace(
            chat_id=id_,
            chat_name=word(info, "topic") or ", ".join([*filter(None, names)][:_NAMED]) or id_,
            chat_kind="direct" if is_direct else "group",
            account=accounts.get(made.sender_id, ""),
        )

    return file.each(_rows(file, place), message)


def _place(file: ExportFile) -> str | None:
    shape = file.shape
    for place in _PLACES:
        if shape.has(*(f"{place}{sign}" for sign in _SIGNS)):
            return None if shape.has(f"{place}{_OF_MAIL}") else place
    return None


def _rows(file: ExportFile, place: str) -> Iterator[tuple[int, object]]:
    """Each message, and behind a post of a channel its replies."""
    for line, row in file.items(place):
        yield line, row
        if isinstance(row, dict):
            yield from ((line, reply) for reply in objects(row, "replies"))


def _people(file: ExportFile, place: str) -> _People:
    found: _People = defaultdict(dict)
    for _, row in _rows(file, place):
        if isinstance(row, dict) and word(_sender(row), "id"):
            found[_chat_id(row)][word(_sender(row), "id")] = word(_sender(row), "displayName")
    return found


def _message(fields: Mapping[str, Any]) -> ImportedMessage | None:
    if word(fields, "messageType") == "typing":
        return None
    said, reply_to = _said(fields)
    sender = {} if said.of_platform else _sender(fields)
    # Graph says no more who sent what was deleted long ago, nor the names of who left.
    id_ = word(sender, "id", "displayName")
    if not said.of_platform and not said.recalled:
        id_ = id_ or _GONE
    return ImportedMessage(
        chat_id=_chat_id(fields),
        chat_name="",
        sender_id=id_,
        sender_name=word(sender, "displayName") or id_,
        sent_at=zoned_ms(needed(fields, "createdDateTime")),
        text=said.words,
        kind=said.kind,
        from_owner=None if id_ else False,
        external_id=word(fields, "id") or None,
        recalled=said.recalled,
        raw=said.raw,
        reply_to=reply_to or word(fields, "replyToId") or None,
        edited=bool(word(fields, "lastEditedDateTime")),
    )


def _said(fields: Mapping[str, Any]) -> tuple[Said, str]:
    """What was said, and the id of what it answers."""
    event = part(fields, "eventDetail")
    if event or word(fields, "messageType") not in ("message", ""):
        detail = word(event, "@odata.type").removeprefix(_EVENT)
        kind: Kind = "call" if detail in _CALLS else "system"
        return Said(kind, "" if kind == "call" else detail, of_platform=True), ""
    if word(fields, "deletedDateTime"):
        return Said("system", recalled=True), ""
    body = part(fields, "body")
    content = text(body, "content")
    is_html = word(body, "contentType").lower() == "html"
    read = rich_text(content, is_html=True) if is_html else RichText(content)
    answered = next(_attached(fields, _ANSWER), {})
    preview = _decoded(answered)
    quoted = word(preview, "messagePreview") or read.quoted or None
    reply_to = word(preview, "messageId") or word(answered, "id") or read.quoted_id
    return _kind(fields, read)._replace(raw=quoted or _name(fields)), reply_to


def _kind(fields: Mapping[str, Any], read: RichText) -> Said:
    if read.is_forward or any(_attached(fields, _FORWARD)):
        return Said("forward", read.words)
    for one in _attached(fields, "reference"):
        return Said(kind_of_file(word(one, "name")), read.words)
    if read.images:
        return Said("image", read.words)
    return Said("text", read.words) if read.words else Said("other")


def _attached(fields: Mapping[str, Any], type_: str) -> Iterator[Mapping[str, Any]]:
    return (one for one in objects(fields, "attachments") if word(one, "contentType") == type_)


def _name(fields: Mapping[str, Any]) -> str | None:
    names = (word(one, "name", "contentType") for one in objects(fields, "attachments"))
    return next(filter(None, names), None)


def _decoded(attachment: Mapping[str, Any]) -> Mapping[str, Any]:
    """A quote is JSON inside of the JSON."""
    try:
        found = json.loads(word(attachment, "content") or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _sender(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    by = part(fields, "from")
    return part(by, "user") or part(by, "application") or part(by, "device")


def _chat_id(fields: Mapping[str, Any]) -> str:
    return word(fields, "chatId") or word(part(fields, "channelIdentity"), "channelId")

"""Skype's own export `messages.json`, and that of Teams for personal accounts, which is the same.

Written by Skype's page for exports (2018 to 2025) and by that of Teams (free), as a .tar with the
files beside. Conversations stand one behind the other, each with the newest message first. What was
edited stands there again with `<e_m/>` behind the last words, or holds them and the time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.dates import zoned_ms
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.importers.programs.rich_text import RichText, rich_text
from storage.importers.raw_files.json_stream import Begin
from storage.importers.record_fields import BadRow, as_object, in_range, needed, part, text, word
from storage.messages import Kind
from storage.texts import Text

NAME = "skype"
PLATFORM = "skype"
PROGRAMS = (
    Program(
        "Skype",
        "`messages.json`, or the export's .tar",
        "in the file",
        versions="2018 to 2025",
        source="public schemas and programs that read it",
    ),
    Program(
        "Teams (free)",
        "`messages.json`, or the export's .tar",
        "in the file",
        unsure="conversations that nothing shows to be of Teams count as Skype's",
        source="public schemas and programs that read it",
    ),
)
LOOKS_FOR = ("userId", "exportDate", "conversations", "conversations.*.MessageList")

_CHAT = "conversations.*"
_FIELDS = ("id", "displayName", "threadProperties")
_OF_TEAMS = ("@unq.gbl.spaces", "@thread.tacv2", "8:orgid:", "8:teamsvisitor:", "19:meeting_")
_OWN_LISTS, _NOTES = "48:", "48:notes"
_HTML = "RichText/Html"
_WRITTEN = ("Text", "RichText", _HTML)
# What stands before the first "." of URIObject's type.
_MEDIA: dict[str, Kind] = {
    "picture": "image",
    "audio": "voice",
    "video": "video",
    "file": "file",
    "sticker": "sticker",
}
_KINDS: dict[str, Kind] = {
    "RichText/Media_Album": "image",
    "RichText/Media_Video": "video",
    "RichText/Media_AudioMsg": "voice",
    "RichText/Media_FlikMsg": "sticker",
    "RichText/Media_CallRecording": "call",
    "RichText/ScheduledCallInvite": "call",
    "RichText/Contacts": "contact",
    "RichText/Location": "location",
    "Event/Call": "call",
    "Event/SkypeVideoMessage": "video",
}
_OF_PLATFORM = ("ThreadActivity/", "Event/", "InviteFreeRelationshipChanged/", "Notice", "PopCard")


@dataclass(slots=True)
class _Edited:
    """When the newest version of a message was sent, and the id of its first one."""

    sent_at: int = 0
    id: str = ""


# By conversation, sender and the time of the first version.
_Edits = dict[tuple[str, str, int], _Edited]


@dataclass(slots=True)
class _Conversation:
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return word(self.fields, "id")

    @property
    def name(self) -> str:
        topic = word(part(self.fields, "threadProperties"), "topic")
        return word(self.fields, "displayName") or topic or _account(self.id)

    @property
    def kind(self) -> str:
        if self.id == _NOTES:
            return "self"
        is_pair = self.id.startswith(("8:", "28:")) or self.id.endswith("@unq.gbl.spaces")
        members = word(part(self.fields, "threadProperties"), "membercount")
        return "direct" if is_pair or members == "2" else "group"


def recognizes(file: ExportFile) -> bool:
    return file.shape.has("conversations.*.MessageList") or (
        file.shape.has("userId", "exportDate", "conversations")
    )


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    owner = _account(word(file.header("userId"), "userId"))
    edits = _edits(file)
    return file.each(_rows(file), lambda row: _message(*row, owner, edits))


def _rows(file: ExportFile) -> Iterator[tuple[int, tuple[Any, _Conversation]]]:
    chat = _Conversation()
    wanted = [f"{_CHAT}.{name}" for name in (*_FIELDS, "MessageList.*")]
    for where, line, value in file.json(*wanted):
        name = where.removeprefix(f"{_CHAT}.")
        if where == _CHAT and isinstance(value, Begin):
            chat = _Conversation()
        elif name == "MessageList.*":
            yield line, (value, chat)
        elif name in _FIELDS:
            chat.fields[name] = value


def _edits(file: ExportFile) -> _Edits:
    found: _Edits = {}
    for _, (row, chat) in _rows(file):
        is_edit = isinstance(row, dict) and "<e_m" in word(row, "content")
        if not is_edit and not (found and isinstance(row, dict)):
            continue
        try:
            first = _said(row)[0].first_sent_at if is_edit else None
            sent_at = zoned_ms(word(row, "originalarrivaltime"))
        except BadRow:
            continue  # reported when the messages are read
        sender = word(row, "from")
        if first is not None:
            edited = found.setdefault((chat.id, sender, first), _Edited())
            edited.sent_at = max(sent_at, edited.sent_at)
        if (chat.id, sender, sent_at) in found:
            found[chat.id, sender, sent_at].id = word(row, "id")
    return found


def _message(row: object, chat: _Conversation, owner: str, edits: _Edits) -> ImportedMessage | None:
    fields = as_object(row)
    if chat.id.startswith(_OWN_LISTS) and chat.id != _NOTES:
        return None  # its lists of calls and drafts
    if not chat.id:
        raise BadRow(Text("a message of a conversation without an id"))
    read, said = _said(fields)
    if said is None:
        return None
    sender = "" if said.of_platform else needed(fields, "from")
    sent_at = zoned_ms(needed(fields, "originalarrivaltime"))
    first = sent_at if read.first_sent_at is None else read.first_sent_at
    edited = edits.get((chat.id, sender, first), _Edited(sent_at))
    if edited.sent_at != sent_at:
        return None  # an earlier version
    return ImportedMessage(
        chat_id=chat.id,
        chat_name=chat.name,
        sender_id=sender,
        sender_name=word(fields, "displayName") or _account(sender),
        sent_at=min(sent_at, first) if in_range(first) else sent_at,
        text=said.words,
        kind=said.kind,
        from_owner=_is_owner(sender, owner),
        external_id=edited.id or word(fields, "id") or None,
        chat_kind=chat.kind,
        recalled=said.recalled,
        raw=said.raw or None,
        reply_to=read.quoted_id or None,
        platform="teams" if any(sign in chat.id + sender for sign in _OF_TEAMS) else None,
        account=_account(sender),
        edited=said.edited,
    )


def _said(fields: Mapping[str, Any]) -> tuple[RichText, Said | None]:
    type_, content = word(fields, "messagetype"), text(fields, "content")
    properties = part(fields, "properties")
    if type_.startswith("Control/"):  # somebody was typing
        return RichText(), None
    if type_.startswith(_OF_PLATFORM) and type_ not in _KINDS:
        return RichText(), Said("system", type_, of_platform=True)
    is_plain = type_ == "Text"
    read = RichText(content) if is_plain else rich_text(content, is_html=type_ == _HTML)
    if word(properties, "deletetime"):
        return read, Said("system", recalled=True)
    is_edited = read.is_edited or bool(word(properties, "edittime"))
    if type_ in _WRITTEN:
        return read, _text(read)._replace(edited=is_edited)
    kind = _KINDS.get(type_) or _media(read)
    return read, Said(kind, raw=read.file_name or read.media or type_)


def _text(read: RichText) -> Said:
    """A message without words is a picture, something passed on, or was deleted."""
    if read.media:
        return Said(_media(read), raw=read.file_name)
    quoted = read.quoted or None
    if read.is_forward or (quoted and not read.words):
        return Said("forward", read.words, quoted)
    if read.words:
        return Said("text", read.words, quoted)
    return Said("image") if read.images else Said("system", recalled=True)


def _media(read: RichText) -> Kind:
    kind = _MEDIA.get(read.media.lower().partition(".")[0], "other")
    return kind_of_file(read.file_name) if kind == "file" else kind


def _is_owner(sender: str, owner: str) -> bool | None:
    if not sender:
        return False
    return _account(sender) == owner if owner else None


def _account(address: str) -> str:
    """`live:mira` of `8:live:mira`; a group's id as it is."""
    kind, colon, account = address.partition(":")
    return account if colon and kind in ("8", "28", "2", "4") else address

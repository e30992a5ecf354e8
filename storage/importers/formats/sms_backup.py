"""SMS Backup & Restore's XML: `<smses>` with an `<sms>` or `<mms>` a message, `<calls>` with calls.

Written by SyncTech's app for Android, and by programs that convert to it. SyncTech describes the
fields, which are those of Android's own tables. RCS messages are written as SMS or MMS. What was
never sent, a draft or a failure, is no message.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_media_type
from storage.importers.programs.sms_people import People, plain_number
from storage.importers.programs.sms_reactions import Reactions
from storage.importers.raw_files.html_events import Tag
from storage.importers.raw_files.xml_events import joined_halves, xml_events
from storage.importers.record_fields import BadRow, epoch_ms, number, shown
from storage.messages import Kind
from storage.texts import Text

NAME = "sms-backup"
PLATFORM = "sms"
PROGRAMS = (
    Program(
        "SMS Backup & Restore",
        "XML: `sms-….xml`, `calls-….xml`",
        "in the file",
        unsure="subjects of MMS are taken for no words",
        versions="to 10.20",
        source="its description; files it wrote; programs that read it",
    ),
)
LOOKS_FOR = ('<smses count="2">', '<calls count="2">')

_ROOT = re.compile(r"<([A-Za-z]\w{0,30})")
_ROWS = frozenset({"sms", "mms", "call"})
_NO_TEXT = frozenset({"", "null"})
_NO_NUMBER = _NO_TEXT | {"insert-address-token", "-1", "-2"}
_NO_NAME = _NO_TEXT | {"(Unknown)"}
_RECEIVED, _SENT = 1, 2
_NEVER_SENT = frozenset({3, 4, 5, 6})  # draft, outbox, failed, queued
_CALLS = {1: "incoming", 2: "outgoing", 3: "missed", 4: "voicemail", 5: "rejected", 6: "blocked"}
_REPORTS = frozenset({134, 136})  # kinds of MMS: that one was delivered, or read
_FROM = 137  # of an address, as in the headers of an MMS; the others are to whom it went
_LAYOUT, _PLACE = "application/smil", "application/vnd.gsma.rcspushlocation+xml"
_RCS = "urn:gsma:params:xml:ns:rcs"
_SECONDS_BELOW = 10**11  # some converters count seconds
_MOST_PARTS = 1000


@dataclass(slots=True)
class _Row:
    """An `sms`, `mms` or `call`, and of an MMS what lies in it."""

    name: str
    fields: Mapping[str, str]
    parts: list[Mapping[str, str]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    to: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        return "" if value in _NO_TEXT else value

    @property
    def way(self) -> int | None:
        return number(self.fields, "msg_box" if self.name == "mms" else "type")

    @property
    def chat(self) -> list[str]:
        """Numbers of the others, as far as the row itself says."""
        written = self.text("number" if self.name == "call" else "address").split("~")
        return [plain_number(one) for one in written if one.strip() not in _NO_NUMBER]

    @property
    def people(self) -> list[str]:
        """Numbers of all in the chat, the owner's perhaps among them."""
        if self.way == _SENT:
            return self.chat or self.to
        return self.chat + self.senders + (self.to if len(self.to) > 1 else [])

    @property
    def own(self) -> list[str]:
        """The owner's number, where the row shows it."""
        if self.way == _SENT:
            return self.senders
        rest = set(self.to) - set(self.chat) - set(self.senders)
        return list(rest) if len(rest) == 1 and self.senders else []


def recognizes(file: ExportFile) -> bool:
    root = _ROOT.search(file.head) if file.head.lstrip("\ufeff \t\r\n").startswith("<") else None
    return root is not None and root[1] in ("smses", "calls")


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    people, reactions = _people(file), Reactions()
    unsent = 0

    def message(row: _Row) -> ImportedMessage | None:
        nonlocal unsent
        if row.name != "call" and row.way in _NEVER_SENT:
            unsent += 1
            return None
        if row.name == "call":
            return _call(row, people)
        made = _message(row, people)
        if made and made.kind == "text" and reactions.is_one(made.chat_id, made.text):
            return made._replace(kind="other", text="", raw=made.text)
        return made

    yield from file.each(_rows(file), message)
    if unsent:
        file.notes.append(
            Text(
                "{unsent} messages that were never sent, such as drafts, were left out",
                unsent=unsent,
            )
        )


def _people(file: ExportFile) -> People:
    people = People()
    for _, row in _rows(file):
        name = row.fields.get("contact_name", "").strip()
        is_named = len(row.chat) == 1 and name not in _NO_NAME
        people.see(row.chat, name if is_named else "")
        people.see(row.people)
        people.see_own(row.own)
        if row.way == _RECEIVED:
            people.see_others(row.senders)
    people.close()
    return people


def _rows(file: ExportFile) -> Iterator[tuple[int, _Row]]:
    row: _Row | None = None
    with file.text() as stream:
        for line, event in xml_events(stream, file.path):
            if isinstance(event, Tag):
                if event.name in _ROWS:
                    row = _Row(event.name, event.attributes)
                elif row is not None:
                    _add(row, event)
            elif row is not None and event.name == row.name:
                yield line, row
                row = None


def _add(row: _Row, tag: Tag) -> None:
    if len(row.parts) + len(row.senders) + len(row.to) >= _MOST_PARTS:
        return
    if tag.name == "part":
        row.parts.append(tag.attributes)
    elif tag.name == "addr" and tag.attributes.get("address", "").strip() not in _NO_NUMBER:
        is_sender = number(tag.attributes, "type") == _FROM
        (row.senders if is_sender else row.to).append(plain_number(tag.attributes["address"]))


def _message(row: _Row, people: People) -> ImportedMessage | None:
    if row.name == "mms" and number(row.fields, "m_type") in _REPORTS:
        return None
    if row.way not in (_RECEIVED, _SENT):
        raise BadRow(Text("type {type} is neither received nor sent", type=shown(row.way)))
    if not row.people:
        raise BadRow(Text("there is no number"))
    what = _said_mms(row) if row.name == "mms" else _said(row.text("body"))
    return _built(row, people, what, owner=row.way == _SENT)


def _call(row: _Row, people: People) -> ImportedMessage | None:
    if not row.people:
        return None  # the number was withheld
    kind = _CALLS.get(row.way or 0, "other")
    what = Said("call", "", f"{kind}, {row.text('duration') or 0} s")
    return _built(row, people, what, owner=row.way == _SENT)


def _built(row: _Row, people: People, what: Said, *, owner: bool) -> ImportedMessage:
    others = people.others(row.people)
    chat_id = "~".join(sorted(others))
    chat_name = ", ".join(map(people.name, sorted(others)))
    senders = people.others(row.senders) or others
    sender_id, sender_name = chat_id, chat_name  # of a group whose sender is not known
    if len(senders) == 1:
        sender_id, sender_name = senders[0], people.name(senders[0])
    if owner:
        sender_id = sender_name = "me"
    in_seconds = 0 <= (number(row.fields, "date") or 0) < _SECONDS_BELOW
    return ImportedMessage(
        chat_id=chat_id,
        chat_name=chat_name,
        sender_id=sender_id,
        sender_name=sender_name,
        sent_at=epoch_ms(row.fields, "date", 1 if in_seconds else 1000),
        text=what.words,
        kind=what.kind,
        from_owner=owner,
        chat_kind="group" if len(others) > 1 else "direct",
        raw=what.raw,
    )


def _said(text: str) -> Said:
    words = joined_halves(text)
    if words.lstrip().startswith("<?xml") and _RCS in words:
        return Said("file", "", words)  # where it can be fetched
    return Said("text", words) if words.strip() else Said("other")


def _said_mms(row: _Row) -> Said:
    kinds: list[Kind] = []
    words, notes = [], [row.text("sub")]
    for part in row.parts:
        type_ = part.get("ct", "").strip().lower()
        if type_.startswith("text/plain"):
            words.append(_text_of(part))
        elif type_ != _LAYOUT:
            kinds.append("location" if type_ == _PLACE else kind_of_media_type(type_))
            names = [part.get(name, "") for name in ("name", "fn", "cl")]
            notes.append(next((name for name in names if name not in _NO_TEXT), ""))
    what = _said("\n".join(filter(None, words)))
    notes += filter(None, [what.raw])
    raw = "\n".join(filter(None, notes)) or None
    return Said(kinds[0] if kinds else what.kind, what.words, raw)


def _text_of(part: Mapping[str, str]) -> str:
    """Long texts lie beside the message on the phone, and are written as files are."""
    text = part.get("text", "")
    if text not in _NO_TEXT:
        return text
    try:
        return base64.b64decode(part.get("data", ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""

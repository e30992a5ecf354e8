"""Element's `export.json`: one room of Matrix, its events as the server sent them, decrypted.

Written by Element Web and Desktop since 2021 ("Export chat", JSON; `JSONExport.ts` of
matrix-react-sdk and element-web). Whoever exported is named as they are called, not by their
address: events of the room, or the mark that only the own device gets, tell who that is. An edited
message holds its last words; other programs keep the edits as events of their own, which are read
before the messages.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storage.importers.base import ImportedMessage, Program, Said
from storage.importers.file import ExportFile
from storage.importers.problems import BadFile
from storage.importers.programs.element_text import is_element_text
from storage.importers.programs.matrix_said import matrix_said, without_quote
from storage.importers.record_fields import as_object, epoch_ms, needed, part, word
from storage.texts import Text

NAME = "element"
PLATFORM = "matrix"
PROGRAMS = (
    Program(
        "Element (Matrix)",
        "JSON of “Export chat”",
        "in the file; where nothing in it tells who has the exporter's name, `--me`",
        unsure="its HTML and text are refused: they don't tell all words apart",
        versions="Web and Desktop, since 2021",
        source="its source",
    ),
)
LOOKS_FOR = ("room_name", "exported_by", "messages", "messages.*.origin_server_ts")

_PROFILES = ("com.beeper.per_message_profile", "m.per_message_profile")


@dataclass(slots=True)
class _Room:
    """What the events of a room say together. Names by address."""

    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    called: dict[str, str] = field(default_factory=dict)
    writers: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    edits: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    redacted: set[str] = field(default_factory=set)
    is_direct: bool = False

    def see(self, event: Mapping[str, Any]) -> None:
        sender, content = word(event, "sender"), part(event, "content")
        if word(event, "type") == "m.room.member":
            self._see_member(word(event, "state_key"), content)
        elif word(event, "type") == "m.room.redaction":
            self.redacted.add(word(event, "redacts") or word(content, "redacts"))
        elif "state_key" not in event and word(content, "msgtype") != "m.notice":
            self.writers.add(sender)
        if word(part(event, "unsigned"), "transaction_id"):
            self.own.add(sender)
        target = _edited_id(event)
        if target:
            self.edits[sender, target] = part(content, "m.new_content")

    def _see_member(self, address: str, content: Mapping[str, Any]) -> None:
        self.is_direct |= content.get("is_direct") is True
        name = word(content, "displayname")
        if name:
            self.names[address].add(name)
            self.called[address] = name
        if word(content, "membership") == "join":
            self.joined.add(address)

    def name(self, address: str) -> str:
        return self.called.get(address) or _account(address)

    def owner(self, exporter: str) -> str:
        """The address of whoever exported; "" where that is not certain."""
        if exporter.startswith("@") and ":" in exporter:  # who has no name is called by address
            return exporter
        if len(self.own) == 1:
            return next(iter(self.own))
        people = self.writers | self.joined
        named = [one for one in people if exporter in (self.names.get(one) or {_account(one)})]
        return named[0] if len(named) == 1 else ""

    @property
    def kind(self) -> str:
        people = {one for one in self.joined if not _account(one).endswith("bot")}
        is_pair = len(self.writers) <= 2 and len(people) <= 2
        return "direct" if self.is_direct or is_pair else "group"


def recognizes(file: ExportFile) -> bool:
    return file.shape.has("room_name", "exported_by", "messages") or is_element_text(file)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    if not file.shape.keys:
        cause = Text("Element's text and HTML don't tell all words apart; export the chat as JSON")
        raise BadFile(file.path, cause)
    header = file.header("room_name", "exported_by")
    room = _Room()
    for _, event in file.items("messages.*"):
        if isinstance(event, dict):
            room.see(event)
    owner = room.owner(word(header, "exported_by"))
    name = word(header, "room_name") or file.called.stem

    def message(row: object) -> ImportedMessage | None:
        made = _message(as_object(row), room, owner)
        if made is None:
            return None
        return made._replace(
            chat_id=made.chat_id or name,
            chat_id_is_name=not made.chat_id,
            chat_name=name,
            chat_kind=room.kind,
        )

    return file.each(file.items("messages.*"), message)


def _message(event: Mapping[str, Any], room: _Room, owner: str) -> ImportedMessage | None:
    if _edited_id(event):
        return None
    sender, id_ = needed(event, "sender"), word(event, "event_id")
    changed = room.edits.get((sender, id_)) or _bundled_edit(event)
    said = _said(event, changed, id_ in room.redacted)
    if said is None:
        return None
    profile = _profile(event)
    # A bridge writes what several people say elsewhere.
    person = f"{sender}/{word(profile, 'id')}" if profile else sender
    name = word(profile, "displayname") or room.name(sender)
    words = said.words.removeprefix(f"{name}: ") if profile.get("has_fallback") else said.words
    return ImportedMessage(
        chat_id=word(event, "room_id"),
        chat_name="",
        sender_id="" if said.of_platform else person,
        sender_name=name,
        sent_at=epoch_ms(event, "origin_server_ts", per_second=1000),
        text=words,
        kind=said.kind,
        from_owner=_is_owner(said, person, owner),
        external_id=id_ or None,
        recalled=said.recalled,
        raw=said.raw,
        reply_to=_answered_id(event),
        account=_account(sender),
        edited=bool(changed),
    )


def _said(event: Mapping[str, Any], changed: Mapping[str, Any], redacted: bool) -> Said | None:
    said = matrix_said(event, changed)
    by = part(event, "unsigned")
    if said is None or said.of_platform:
        return said
    if redacted or "redacted_because" in by or "redacted_by" in by:
        return Said("system", recalled=True)
    # The words of an edit have no quote, so the first ones' says what was answered.
    quoted = without_quote(word(part(event, "content"), "body"))[1]
    return said._replace(raw=said.raw or quoted)


def _is_owner(said: Said, person: str, owner: str) -> bool | None:
    if said.of_platform:
        return False
    return person == owner if owner else None


def _edited_id(event: Mapping[str, Any]) -> str:
    """Of the message that this event only changes; "" for any other event."""
    relation = part(part(event, "content"), "m.relates_to")
    return word(relation, "event_id") if word(relation, "rel_type") == "m.replace" else ""


def _bundled_edit(event: Mapping[str, Any]) -> Mapping[str, Any]:
    edit = part(part(part(event, "unsigned"), "m.relations"), "m.replace")
    # Of an edit that is encrypted, the event holds the words already.
    return part(part(edit, "content"), "m.new_content") or (part(event, "content") if edit else {})


def _answered_id(event: Mapping[str, Any]) -> str | None:
    relation = part(part(event, "content"), "m.relates_to")
    if relation.get("is_falling_back") is True:  # nothing answered but the thread
        return word(relation, "event_id") or None
    return word(part(relation, "m.in_reply_to"), "event_id") or None


def _profile(event: Mapping[str, Any]) -> Mapping[str, Any]:
    content = part(event, "content")
    found = (part(content, name) for name in _PROFILES)
    return next((profile for profile in found if word(profile, "displayname")), {})


def _account(address: str) -> str:
    """`mira` of `@mira:example.org`."""
    return address.removeprefix("@").partition(":")[0]

"""Messenger's and Instagram's JSON, in parts `message_1.json` …, the newest message first.

Written by Facebook's and Instagram's "Download your information" since 2018, one folder a chat, and
by Messenger for end-to-end encrypted chats since 2024 (one file a chat, other names of fields). The
first writes each byte of UTF-8 as a sign of its own. The shapes were read in public schemas and in
programs that read them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from storage.importers.base import ImportedMessage, Program
from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.importers.problems import BadFile
from storage.importers.programs.messenger_words import begins_with_name, is_unsent, kind_of_line
from storage.importers.record_fields import as_object, epoch_ms, objects, part, text, word
from storage.messages import Kind
from storage.texts import Text

NAME = "messenger"
PLATFORM = "messenger"
_UNSURE = "lines of the group in languages other than English stay text where they say “you”"
PROGRAMS = (
    Program(
        "Facebook Messenger",
        "JSON, `message_1.json` …",
        "`--me`",
        unsure=_UNSURE,
        versions="2018 to 2025",
        source="public schemas and programs that read it",
    ),
    Program(
        "Facebook Messenger",
        "JSON of end-to-end encrypted chats",
        "`--me`",
        unsure="types other than text and media",
        versions="2024 to 2025",
        source="a program that reads it",
    ),
    Program(
        "Instagram",
        "JSON, `message_1.json` …",
        "`--me`",
        unsure=_UNSURE,
        versions="2021 to 2025",
        source="public schemas and programs that read it",
    ),
)
LOOKS_FOR = ("participants", "messages", "messages.*.sender_name", "messages.*.timestamp_ms")

_MEDIA: tuple[tuple[str, Kind], ...] = (
    ("photos", "image"),
    ("videos", "video"),
    ("audio_files", "voice"),
    ("gifs", "sticker"),
    ("sticker", "sticker"),
    ("files", "file"),
)
_MEMBERS_CHANGED = ("Subscribe", "Unsubscribe")
_INSTAGRAM = "your_instagram_activity/"
_DELETED_ACCOUNT = "Deleted account"
_ID_LENGTH = 10  # at least, behind the name in a chat's path


def recognizes(file: ExportFile) -> bool:
    shape = file.shape
    return (
        shape.has("participants", "messages.*.sender_name", "messages.*.timestamp_ms")
        or shape.has("participants", "messages", "thread_path")
        or shape.has("participants", "threadName", "messages")
        # The head holds nothing but the members of a large group.
        or (shape.keys == {"participants"} and shape.has("participants.*.name"))
    )


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    header = file.header("participants", "title", "thread_path", "threadName")
    path = word(header, "thread_path").rpartition("/")[2]
    number = path.rpartition("_")[2]
    encrypted = _mended(word(header, "threadName")).rpartition("_")
    called = encrypted[0] if encrypted[2].isdecimal() else "".join(encrypted)
    name = _mended(word(header, "title")) or called or path or file.called.parent.name
    people = header.get("participants")
    _check_names(file, people)
    chat = {
        "chat_id": (number if len(number) >= _ID_LENGTH else path) or name,
        "chat_name": name,
        "chat_kind": "group" if isinstance(people, list) and len(people) > 2 else "direct",
        "chat_id_is_name": not path,
        "platform": _platform(file),
    }
    of_encrypted = "threadName" in header

    def message(row: object) -> ImportedMessage:
        fields = as_object(row)
        return _encrypted(fields, chat) if of_encrypted else _message(fields, chat)

    return file.each(file.items("messages.*"), message)


def _check_names(file: ExportFile, people: object) -> None:
    """People have no ids in it: of two with one name, the friend's words would be the owner's."""
    pair = people if isinstance(people, list) and len(people) == 2 else []
    names = [_mended(word(one if isinstance(one, dict) else {"name": one}, "name")) for one in pair]
    if names and names[0] == names[1]:
        said = Text(
            "both people of the chat are called '{name}': nothing tells who wrote", name=names[0]
        )
        raise BadFile(file.path, said)


def _message(fields: Mapping[str, Any], chat: Mapping[str, Any]) -> ImportedMessage:
    sender = _mended(word(fields, "sender_name")) or _DELETED_ACCOUNT
    said = _mended(text(fields, "content"))
    kind, words = _content(fields, said, sender)
    recalled = fields.get("is_unsent") is True or is_unsent(said, sender)
    shared = part(fields, "share")
    return _built(
        *(chat, sender, epoch_ms(fields, "timestamp_ms", 1000)),
        "system" if recalled else kind,
        "" if recalled else words,
        raw=said if said != words else _mended(word(shared, "link", "share_text")),
        recalled=recalled,
        file=_mended(_file(fields)),
    )


def _encrypted(fields: Mapping[str, Any], chat: Mapping[str, Any]) -> ImportedMessage:
    """A message of an end-to-end encrypted chat."""
    sender = _mended(word(fields, "senderName")) or _DELETED_ACCOUNT
    said, type_ = _mended(text(fields, "text")), word(fields, "type")
    media = next((word(one, "uri") for one in objects(fields, "media")), "")
    recalled = fields.get("isUnsent") is True or is_unsent(said, sender)
    line = kind_of_line(said, sender)
    kind: Kind = kind_of_file(media) if media else line or "text"
    if recalled or type_ == "placeholder":
        kind = "system"
    elif not media and (type_ not in ("text", "link", "") or not said.strip()):
        kind = line or ("call" if "call" in type_ else "other")
    is_said = not recalled and line is None and (kind == "text" or media != "")
    return _built(
        *(chat, sender, epoch_ms(fields, "timestamp", 1000), kind),
        said if is_said else "",
        raw=media or ("" if is_said else said),
        recalled=recalled,
        file=_mended(media),
    )


def _built(
    chat: Mapping[str, Any],
    sender: str,
    sent_at: int,
    kind: Kind,
    words: str,
    *,
    raw: str,
    recalled: bool,
    file: str,
) -> ImportedMessage:
    # Lines of the platform stand under the name of whoever did it, and keep it.
    is_line = kind == "system" and not recalled
    return ImportedMessage(
        sender_id=sender,
        sender_name=sender,
        sent_at=sent_at,
        text=words or (raw if is_line else ""),
        kind=kind,
        raw=None if is_line else raw or None,
        recalled=recalled,
        file=file,
        **chat,
    )


def _content(fields: Mapping[str, Any], said: str, sender: str) -> tuple[Kind, str]:
    """(kind, words): the fields tell first, then a whole line of the platform."""
    type_ = word(fields, "type")
    if type_ == "Call" or "call_duration" in fields:
        return "call", ""
    if type_ in _MEMBERS_CHANGED or (said and "users" in fields and type_ != "Share"):
        return "system", ""
    line = kind_of_line(said, sender)
    media = next((kind for name, kind in _MEDIA if fields.get(name)), None)
    shared = part(fields, "share")
    if media or shared:
        is_caption = line is None and not begins_with_name(said, sender)
        words = said if is_caption else ""
        # What people write above a link, and answers to a story, are their words.
        return media or ("text" if words.strip() else "link"), words
    if line:
        return line, ""
    return ("text", said) if said.strip() else ("other", "")


def _file(fields: Mapping[str, Any]) -> str:
    """Of the first thing that was sent, its path within the whole download."""
    for name, _ in _MEDIA:
        for one in (*objects(fields, name), part(fields, name)):
            if word(one, "uri"):
                return word(one, "uri")
    return ""


def _platform(file: ExportFile) -> str:
    """Both write the same; the folder of the download, or of its media, tells them apart."""
    folders = (part.lower() for part in file.path.parts[:-1])
    is_instagram = _INSTAGRAM in file.head or any("instagram" in folder for folder in folders)
    return "instagram" if is_instagram else PLATFORM


def _mended(said: str) -> str:
    """As it was typed: each byte of UTF-8 stands there as a sign of its own."""
    try:
        return said.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return said

"""Telegram Desktop's `messages.html`, `messages2.html` …: a thousand messages of a chat in each.

Written by Telegram Desktop since 2018 (`export_output_html.cpp`), whose HTML is chosen by default.
Messages that follow each other within 15 minutes are "joined" and don't repeat the name; lines of
the platform have no time; the owner is not marked, and people have no ids.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from storage.importers.base import ImportedMessage, Program
from storage.importers.dates import local_ms, zoned_ms
from storage.importers.file import ExportFile
from storage.importers.html_posts import OpenElements, html_posts
from storage.importers.raw_files.html_events import End, Event, Tag
from storage.importers.record_fields import BadRow, shown
from storage.messages import Kind
from storage.texts import Text

NAME = "telegram-html"
PLATFORM = "telegram"
PROGRAMS = (
    Program(
        "Telegram Desktop",
        "HTML: `messages.html`, `messages2.html` …",
        "`--me`",
        unsure="people have no ids in it, and chats only a name: rather export JSON",
        versions="since 2018",
        source="its source",
    ),
)
LOOKS_FOR = ('<div class="message default clearfix" id="message1">',)

_SIGNS = ('class="message default clearfix', 'class="message service"')
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("sticker_wrap", "sticker"),
    ("animated_wrap", "sticker"),
    ("photo_wrap", "image"),
    ("video_file_wrap", "video"),
    ("media_photo", "image"),
    ("media_video", "video"),
    ("media_voice_message", "voice"),
    ("media_audio_file", "file"),
    ("media_file", "file"),
    ("media_contact", "contact"),
    ("media_location", "location"),
    ("media_live_location", "location"),
    ("media_venue", "location"),
    ("media_call", "call"),
    ("media_invoice", "transfer"),
    ("media_game", "other"),
    ("media_poll", "other"),
)
_LINKED = frozenset(
    {"sticker_wrap", "animated_wrap", "photo_wrap", "video_file_wrap", "media"}
)  # to their files
# Without its picture, a sticker and an animation are only called so.
_TITLES: dict[str, Kind] = {"Sticker": "sticker", "Animation": "sticker"}
_FIELDS = ("from_name", "text", "title", "description", "status", "question", "reply_to")
_TIME = re.compile(r"(\d{2})\.(\d{2})\.(\d{4}) (\d{2}:\d{2}:\d{2})(?: UTC([+-]\d{2}:\d{2}))?")
_VIA = re.compile(r" via @\w{1,64}\Z")  # the bot whose text they chose
_LINK = re.compile(r"#go_to_message(\d{1,18})")
_LOOKED_AT = 300  # messages, from which a group is told from a chat of two


@dataclass(slots=True)
class _Post:
    """A message as it stands on the page."""

    line: int
    id: str
    classes: frozenset[str]
    inner: set[str] = field(default_factory=set)
    said: dict[str, list[str]] = field(default_factory=dict)
    time: str = ""
    answers: str | None = None
    file: str = ""

    def words(self, name: str) -> str:
        return "".join(self.said.get(name, ())).strip()


class _Page:
    """Puts the posts together from tags and texts, and knows the page's heading."""

    def __init__(self) -> None:
        self.heading = ""
        self.is_whole = False
        self._open = OpenElements(("", False))  # the field it begins, forwarded
        self._post: _Post | None = None
        self._depth = 0

    def see(self, line: int, event: Event) -> _Post | None:
        """The post that ends here, if one does."""
        if isinstance(event, str):
            self._text(event)
        elif isinstance(event, Tag):
            if event.is_empty:
                self._text("\n" if event.name == "br" else "")
            else:
                self._begin(line, event)
        else:
            return self._end(event)
        return None

    def _begin(self, line: int, tag: Tag) -> None:
        classes = tag.classes
        name, forwarded = self._open.role
        if self._post is None and "message" in classes and tag.attributes.get("id"):
            self._post = _Post(line, tag.attributes["id"].removeprefix("message"), classes)
            self._depth = len(self._open)
        elif self._post is not None:
            self._post.inner |= classes
            forwarded = forwarded or {"forwarded", "body"} <= classes
            name = next((one for one in _FIELDS if one in classes), name)
            if {"body", "details"} <= classes:
                name = "service"
            if "date" in classes:
                name = ""
                self._post.time = self._post.time or tag.attributes.get("title", "")
            if classes & _LINKED and not self._post.file:
                self._post.file = tag.attributes.get("href", "")
            link = _LINK.search(tag.attributes.get("href", ""))
            if name == "reply_to" and link:
                self._post.answers = link[1]
        elif {"text", "bold"} <= classes:
            name = "heading"
        self._open.begin(tag.name, (name, forwarded))

    def _end(self, end: End) -> _Post | None:
        if end.name == "blockquote":
            self._text("\n")  # the page shows it on lines of its own
        if not self._open.end(end.name):
            return None
        self.is_whole = end.name == "html"
        if self._post is not None and len(self._open) <= self._depth:
            post, self._post = self._post, None
            return post
        return None

    def _text(self, text: str) -> None:
        name, forwarded = self._open.role
        if name == "heading" and len(self.heading) < 1000:
            self.heading = (self.heading + text).lstrip()
        elif self._post is not None and name:
            name = f"forwarded {name}" if forwarded and name == "from_name" else name
            self._post.said.setdefault(name, []).append(text)


def recognizes(file: ExportFile) -> bool:
    return file.is_html and 'id="message' in file.head and any(s in file.head for s in _SIGNS)


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    if " UTC" not in file.head:
        file.note_local_times()  # an old version
    page = _Page()
    names = {_sender(post) for post in islice(_posts(file, page), _LOOKED_AT)} - {""}
    heading = page.heading.strip() or file.called.parent.name or file.called.stem
    is_group = len(names) > 2 or (len(names) == 2 and heading not in names)
    reader = _Reader(heading, "group" if is_group else "direct")
    return file.each(((post.line, post) for post in _posts(file, _Page())), reader.message)


def _posts(file: ExportFile, page: _Page) -> Iterator[_Post]:
    line = yield from html_posts(file, page.see)
    if not page.is_whole:
        raise file.broken(line, Text("the page breaks off"))


class _Reader:
    """Knows of the message before: joined ones have no name, and the platform's lines no time."""

    def __init__(self, chat: str, kind: str) -> None:
        self._chat, self._kind = chat, kind
        self._sender = ""
        self._time = 0

    def message(self, post: _Post) -> ImportedMessage | None:
        is_service = "service" in post.classes
        if is_service and (post.id.startswith("-") or not self._time):
            return None  # the heading of a day
        if not is_service:
            self._time = _time_ms(post.time)
            sender = _sender(post)
            if sender:
                self._sender = sender
            elif not self._sender:
                raise BadRow(Text("a joined message without one before it"))
        kind, said, raw = _content(post)
        return ImportedMessage(
            chat_id=self._chat,
            chat_name=self._chat,
            sender_id="" if is_service else self._sender,
            sender_name="" if is_service else self._sender,
            sent_at=self._time,
            text=said,
            kind=kind,
            from_owner=False if is_service else None,
            external_id=post.id or None,
            chat_kind=self._kind,
            raw=raw,
            reply_to=post.answers,
            file=post.file,
            chat_id_is_name=True,
        )


def _sender(post: _Post) -> str:
    """Empty where the name is not repeated."""
    return _VIA.sub("", post.words("from_name")).strip()


def _content(post: _Post) -> tuple[Kind, str, str | None]:
    if "service" in post.classes:
        return "system", post.words("service"), None
    said = post.words("text")
    if "forwarded" in post.inner:
        return "forward", said, post.words("forwarded from_name") or None
    kind = next((kind for name, kind in _KINDS if name in post.inner), None)
    if kind:
        parts = [post.words(name) for name in ("title", "question", "description", "status")]
        kind = _TITLES.get(parts[0], kind) if kind in ("image", "video") else kind
        return kind, said, "\n".join(filter(None, parts)) or None
    return "text", said, None


def _time_ms(written: str) -> int:
    """Of `01.05.2023 10:00:00 UTC+02:00`; old versions name no zone."""
    match = _TIME.fullmatch(written.strip())
    if match is None:
        raise BadRow(Text("time {value} is not a date and time", value=shown(written)))
    day, month, year, clock, zone = match.groups()
    if zone:
        return zoned_ms(f"{year}-{month}-{day}T{clock}{zone}")
    hour, minute, second = map(int, clock.split(":"))
    return local_ms((int(year), int(month), int(day)), (hour, minute, second))

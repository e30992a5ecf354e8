"""The messages of a page that imessage-exporter wrote, put together from tags and texts.

Answers stand where they belong in the chat, and once more below what they answer. Some versions
close a `div` too many below a message whose reaction was taken away, so a message goes on until the
next one begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.importers.file import ExportFile
from storage.importers.file_kinds import kind_of_file
from storage.importers.html_posts import OpenElements, html_posts
from storage.importers.raw_files.html_events import End, Event, Tag
from storage.importers.record_fields import BadRow
from storage.messages import Kind
from storage.texts import Text

_SIDES: dict[str, bool] = {"sent": True, "received": False}
# What the text within an element is, by its class.
_PARTS = {
    **dict.fromkeys(("bubble", "subject"), "words"),
    **dict.fromkeys(("message_part", "attachment"), "file"),
    **dict.fromkeys(("unsent", "announcement"), "unsent"),
    **dict.fromkeys(("expressive", "tapbacks", "reactions", "shareplay", "app_error"), "note"),
    **dict.fromkeys(("replies", "reply_anchor", "reply_context"), "aside"),
    **{name: name for name in ("sender", "deleted", "edited", "app", "sticker", "reply")},
    "shared_location": "location",
    "attachment_error": "missing",
}
_CLOSED = frozenset({"note", "aside", "app", "sticker", "location"})  # to classes within them
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("attachment",), "file"),
    **dict.fromkeys(("shareplay", "app", "app_error", "attachment_error"), "other"),
    **dict.fromkeys(("sticker",), "sticker"),
    **dict.fromkeys(("shared_location",), "location"),
}
_MEDIA: dict[str, Kind] = {"img": "image", "video": "video", "audio": "voice"}
_DEPTH = 200
_LONGEST = 1 << 18


@dataclass(slots=True)
class Post:
    """A message or an event of the chat, as it stands on the page."""

    line: int
    is_event: bool
    from_owner: bool | None = None
    said: dict[str, list[str]] = field(default_factory=dict)
    words: list[list[str]] = field(default_factory=list)  # of each part
    notes: list[str] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    file: str = ""  # the path of the first one
    is_edited: bool = False
    has_sticker: bool = False  # in the middle of words
    awaits_file: bool = False
    cells: int = 0
    signs: int = 0

    def text(self, part: str) -> str:
        return " ".join("".join(self.said.get(part, ())).split())

    def add(self, part: str, text: str) -> None:
        self.signs += len(text)
        if self.signs > _LONGEST:
            raise BadRow(Text("a message longer than any chat has"))
        if part == "words":
            self.words[-1].append(text)
        elif part in ("time", "sender", "event", "unsent", "deleted"):
            self.said.setdefault(part, []).append(text)
        elif text.strip():
            self.notes.append(text.strip())
            if part == "missing" and self.kinds and "." in text:
                self.kinds[-1] = kind_of_file(text.strip())

    def begin(self, part: str, tag: Tag, outer: str) -> None:
        """An element of that part begins within it."""
        if outer in ("", "file", "edited"):
            self.kinds += [_KINDS[name] for name in tag.classes if name in _KINDS]
            self.awaits_file |= "attachment" in tag.classes
            if "translated" in tag.classes and self.words:
                self.add("note", "".join(self.words.pop()))  # in it stands what was written
        if part == "words" and tag.classes & {"bubble", "subject"}:
            self.words.append([])
        if tag.name == "img" and part == "words":
            self.has_sticker = True
        elif part == "file" and (tag.name in _MEDIA or tag.name == "a"):
            self._file(_MEDIA.get(tag.name) or kind_of_file(tag.attributes.get("href", "")))
        elif part == "app" and tag.name == "a" and self.kinds:
            self.kinds[-1] = "link"
        path = tag.attributes.get("src") or tag.attributes.get("href")
        if path and part in ("file", "app", "sticker"):
            self.file = self.file or (path if part != "app" else "")
            self.add(part, path)

    def _file(self, kind: Kind) -> None:
        if self.awaits_file:
            self.kinds.pop()
        self.awaits_file = False
        self.kinds.append(kind)

    def cell(self, tag: str) -> str:
        """What the text of an edited message's table is: in each row a note and the words."""
        self.is_edited = True
        if tag == "table":
            self.words.append([])
        elif tag == "tr":
            self.cells = 0
        elif tag == "td":
            self.cells += 1
            if self.cells == 2 and self.words:
                self.add("note", "".join(self.words[-1]))  # the version before
                self.words[-1] = []
                return "words"
        return "note" if tag == "td" else "edited"


class Page:
    """Puts the posts together from tags and texts."""

    def __init__(self) -> None:
        self.is_whole = False
        self._open = OpenElements("", _DEPTH)
        self._post: Post | None = None

    def see(self, line: int, event: Event) -> Post | None:
        """The post before, if another one begins here."""
        if isinstance(event, str):
            self._text(event)
        elif isinstance(event, End):
            self._end(event)
        else:
            return self._begin(line, event)
        return None

    def last(self) -> Post | None:
        post, self._post = self._post, None
        return post

    def _begin(self, line: int, tag: Tag) -> Post | None:
        classes, outer = tag.classes, self._open.role
        is_event = "announcement" in classes and not outer
        if is_event or ("message" in classes and outer != "reply"):
            done, self._post = self._post, Post(line, is_event)
            self._open.clear()
            self._open.begin(tag.name, "event" if is_event else "")
            return done
        if self._post is None:
            return None
        part = self._part(outer, tag, self._post)
        self._post.begin(part, tag, outer)
        if not tag.is_empty:
            self._open.begin(tag.name, part)
        elif tag.name == "br":
            self._post.add(part, "\n")
        return None

    def _part(self, outer: str, tag: Tag, post: Post) -> str:
        if "reply" in tag.classes:
            return "reply"
        if outer == "reply":
            return "aside"
        if outer in _CLOSED:
            return outer
        if outer == "edited":
            return "unsent" if "announcement" in tag.classes else post.cell(tag.name)
        if "timestamp" in tag.classes:
            return "time" if outer in ("", "event") and "time" not in post.said else "note"
        side = next((_SIDES[name] for name in tag.classes if name in _SIDES), None)
        if not outer and side is not None and post.from_owner is None:
            post.from_owner = side
        return next((_PARTS[name] for name in tag.classes if name in _PARTS), outer)

    def _end(self, end: End) -> None:
        self.is_whole |= end.name == "html"
        self._open.end(end.name)

    def _text(self, text: str) -> None:
        part = self._open.role
        if self._post is not None and part not in ("", "reply", "aside"):
            self._post.add(part, text)


def posts(file: ExportFile) -> Iterator[Post]:
    page = Page()
    line = yield from html_posts(file, page.see)
    if not page.is_whole:
        raise file.broken(line, Text("the page breaks off"))
    post = page.last()
    if post is not None:
        yield post

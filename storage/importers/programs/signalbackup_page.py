"""Put the messages of signalbackup-tools' pages together from their tags and texts.

A message is `<div class="msg msg-incoming">`, `msg-outgoing` or `msg-status`. Within it the words
stand in `<pre>`; quotes, files, previews of links, older versions, reactions and the footer are
elements of their own, known by their classes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.importers.file import ExportFile
from storage.importers.html_posts import OpenElements, html_posts
from storage.importers.raw_files.html_events import End, Event, Tag
from storage.messages import Kind
from storage.texts import Text

_MESSAGES = frozenset({"msg-incoming", "msg-outgoing", "msg-status"})
_STORY = "Reacted to your story"  # stands where names do
# What lies in these elements is nobody's words in this message.
_ASIDE = frozenset(
    {"msg-quote", "attachment", "shared-contact", "call-link", "poll", "lp", "lp-noimg", "viewonce"}
    | {"footer", "footer-status", "msg-reactions", "scheduled-header", "memberlabel-bg"}
    | {"threadtitle-info"}
)
_NAMED = {"msg-name": "name", "threadtitle": "title", "msg-data": "time", "caption": "words"}
_SENT: dict[str, Kind] = {
    "shared-contact": "contact",
    "call-link": "call",
    "poll": "other",
    "viewonce": "other",
    "attachment": "file",
}
_SHOWN: dict[str, Kind] = {"img": "image", "video": "video", "audio": "voice"}
_CALLS = ("msg-call-", "msg-video-call-", "msg-group-call")


@dataclass(slots=True)
class Post:
    """A message as it stands on the page. `kind` is that of what was sent with the words."""

    line: int
    classes: frozenset[str]
    kind: Kind | None = None
    edited: bool = False
    file: str = ""
    parts: dict[str, list[str]] = field(default_factory=dict)

    def said(self, name: str) -> str:
        return "".join(self.parts.get(name, ())).strip()

    @property
    def name(self) -> str:
        """Of who sent it, where a group's page names them."""
        name = self.said("name")
        return "" if name == _STORY else name


class Page:
    """Knows the page's heading, and whether it is a group's."""

    def __init__(self) -> None:
        self.heading = ""
        self.is_group = False
        self.is_whole = False
        self._open = OpenElements("")
        self._post: Post | None = None
        self._depth = 0

    def see(self, line: int, event: Event) -> Post | None:
        """The message that ends here, if one does."""
        if isinstance(event, str):
            self._text(event)
        elif isinstance(event, Tag):
            self._begin(line, event)
        else:
            return self._end(event)
        return None

    def _begin(self, line: int, tag: Tag) -> None:
        classes = tag.classes
        self.is_group |= tag.attributes.get("id") == "showmembers"
        post, role = self._post, self._open.role
        if post is None and "msg" in classes and classes & _MESSAGES:
            self._post = Post(line, classes)
            self._depth = len(self._open)
        elif post is not None:
            self._note(post, tag, role)
        if not tag.is_empty:
            self._open.begin(tag.name, self._role(tag, role))

    def _role(self, tag: Tag, around: str) -> str:
        classes = tag.classes
        named = next((role for sign, role in _NAMED.items() if sign in classes), "")
        if named == "time" and around == "footer":
            return named
        if named == "words" and around == "attachment":
            return named
        if around in ("aside", "footer", "attachment"):
            return "aside" if "edited" in classes else around  # it holds the older versions
        if classes & _ASIDE:
            is_footer = bool(classes & {"footer", "footer-status"})
            return "footer" if is_footer else "attachment" if "attachment" in classes else "aside"
        if self._post is not None and tag.name == "pre":
            return "words"
        return named or around

    def _note(self, post: Post, tag: Tag, around: str) -> None:
        """What a tag says by itself."""
        classes = tag.classes
        post.edited |= "edited" in classes and around == "footer"
        if around == "attachment" and tag.name in _SHOWN and post.kind == "file":
            post.kind = _SHOWN[tag.name]
        if around == "attachment":
            path = tag.attributes.get("href") or tag.attributes.get("src", "")
            post.file = post.file or path.removeprefix("#")
        if "msg-lp-img-container" in classes:
            post.kind = None  # the picture of a link
        if around == "":
            post.kind = next((kind for sign, kind in _SENT.items() if sign in classes), post.kind)
        if around == "words" and any(one.startswith(_CALLS) for one in classes):
            post.kind = "call"

    def _end(self, end: End) -> Post | None:
        if not self._open.end(end.name):
            return None
        self.is_whole = end.name == "html"
        if self._post is not None and len(self._open) <= self._depth:
            post, self._post = self._post, None
            return post
        return None

    def _text(self, text: str) -> None:
        role = self._open.role
        if role == "title" and len(self.heading) < 1000:
            self.heading += text
        elif self._post is not None and role in ("words", "name", "time"):
            self._post.parts.setdefault(role, []).append(text)


def posts(file: ExportFile, page: Page) -> Iterator[Post]:
    """Raises InputError for a page that breaks off."""
    line = yield from html_posts(file, page.see)
    if not page.is_whole:
        raise file.broken(line, Text("the page breaks off"))

"""WechatExporter's HTML, one chat a page: a `div class="msg"` for each message.

Written by WechatExporter from backups of iPhones (`res/templates`, read as of 2024). The owner's
messages are on the right. If the page loads its messages while somebody scrolls, they are not in it
but in scripts beside, and the page is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.importers.base import ImportedMessage, Program
from storage.importers.copy_marks import without_copy_mark
from storage.importers.dates import local_time_ms
from storage.importers.file import ExportFile
from storage.importers.html_posts import html_posts
from storage.importers.problems import BadFile
from storage.importers.programs.wechat_exporter_words import own_words
from storage.importers.programs.wechat_words import says_recall
from storage.importers.raw_files.html_events import Event, Tag
from storage.importers.record_fields import BadRow
from storage.messages import Kind
from storage.texts import Text

NAME = "wechat-exporter-html"
PLATFORM = "wechat"
PROGRAMS = (
    Program(
        "WechatExporter",
        "HTML that holds all of its messages",
        "in the file",
        unsure="pages that load messages while one scrolls are refused: export them as TXT",
        source="its source",
    ),
)
LOOKS_FOR = ('<div class="msg chat left" msgid="1" msgtype="1">',)

_SIGNS = (".chat.left div.avatar-box", "span.msg-text pre")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
_COUNT = re.compile(r"var numberOfMsgs = parseInt\('(\d{1,9})'\)")
_SYSTEM = "System Message: "
# By what only such messages hold, a part that another one has first.
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("voicebox", "voice"),
    ("video", "video"),
    ("channel-poster", "link"),
    ("channel-card", "link"),
    ("card-name", "contact"),
    ("transfer-icon", "transfer"),
    ("image", "image"),
    ("appinfo", "link"),
)
_DEPTH = 64


@dataclass(slots=True)
class _Post:
    """A message as it stands on the page. `inner`: the classes and tags in it."""

    line: int
    id: str
    type: str
    classes: frozenset[str]
    inner: set[str] = field(default_factory=set)
    name: str = ""
    wxid: str = ""
    time: str = ""
    said: str = ""
    file: str = ""


class _Page:
    def __init__(self) -> None:
        self.title, self.total = "", 0
        self._post: _Post | None = None
        self._open: list[tuple[str, str]] = []  # (tag, the part of the message that it is)

    def see(self, line: int, event: Event) -> _Post | None:
        """The post that ends here, if one does."""
        if isinstance(event, str):
            self._text(event)
        elif isinstance(event, Tag):
            self._begin(line, event)
        elif self._open and event.name == self._open[-1][0]:
            self._open.pop()
            if not self._open and self._post is not None:
                post, self._post = self._post, None
                return post
        return None

    def _begin(self, line: int, tag: Tag) -> None:
        classes = tag.classes
        if self._post is None:
            if tag.name == "div" and "msg" in classes and "msgid" in tag.attributes:
                kind = tag.attributes.get("msgtype", "")
                self._post = _Post(line, tag.attributes["msgid"], kind, classes)
                self._open = [("div", "said" if "chat-notice" in classes else "")]
            elif tag.name == "span" and "sname" in classes:
                self._open = [("span", "title")]
            return
        self._post.inner |= {*classes, tag.name}
        self._post.file = self._post.file or _path(tag)
        if tag.is_empty:
            face = tag.attributes.get("rawemoji")
            self._text(f"[{face}]" if face else "\n" if tag.name == "br" else "")
            return
        if len(self._open) >= _DEPTH:
            raise BadRow(Text("nested deeper than any chat export"))
        part = self._open[-1][1] if self._open else ""
        if "dspname" in classes:
            part, self._post.wxid = "name", tag.attributes.get("wxid", "")
        elif "nt-box" in classes:
            part = "time"
        elif "msg-text" in classes:
            part = "quote" if "refermsg" in classes else "said"
        self._open.append((tag.name, part))

    def _text(self, text: str) -> None:
        if not self._open:
            count = _COUNT.search(text)
            self.total = int(count[1]) if count else self.total
            return
        match self._open[-1][1], self._post:
            case "title", None:
                self.title += text
            case "name", _Post() as post:
                post.name += text
            case "time", _Post() as post:
                post.time += text
            case "said", _Post() as post:
                post.said += text


def recognizes(file: ExportFile) -> bool:
    return file.first_line.lower().startswith("<!doctype html") and all(
        sign in file.head for sign in _SIGNS
    )


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    page, people, posts = _Page(), set[str](), 0
    for post in html_posts(file, page.see):
        posts += 1
        if "left" in post.classes and len(people) < 1000:
            people.add(post.name.strip())
    if posts < page.total:
        raise BadFile(
            file.path,
            Text(
                "it holds {posts} of {total} messages, the others are in scripts beside it; "
                "export the chat as TXT, or with all messages in the page",
                posts=posts,
                total=page.total,
            ),
        )
    file.begin()
    file.note_local_times()
    chat = page.title.strip() or without_copy_mark(file.called.stem)
    last = _Last()
    found = ((post.line, post) for post in html_posts(file, _Page().see))
    return file.each(found, lambda post: _message(post, chat, people, last))


@dataclass(slots=True)
class _Last:
    """The time of the message before: lines of the platform have none."""

    at: int = 0


def _message(post: _Post, chat: str, people: set[str], last: _Last) -> ImportedMessage | None:
    kind, words = _content(post, people)
    if kind != "system" or post.time.strip():
        if not _TIME.fullmatch(post.time.strip()):
            raise BadRow(Text("a message without a time"))
        last.at = local_time_ms(post.time.strip())
    if not last.at:
        return None  # a line of the platform above all messages
    own = "right" in post.classes
    sender = "" if kind == "system" else post.wxid.strip() or post.name.strip() or chat
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender,
        sender_name=(post.name.strip() or sender) if sender else "",
        sent_at=last.at,
        text=words,
        kind=kind,
        from_owner=own and bool(sender),
        external_id=post.id if post.id.isdecimal() and len(post.id) > 15 else None,
        chat_kind="group" if len(people - {""}) > 1 else "direct",
        recalled=kind == "system" and says_recall(words),
        raw=post.said.strip() if words != post.said.strip() else None,
        chat_id_is_name=True,
        file=post.file,
    )


def _path(tag: Tag) -> str:
    """Of the picture, sound or film that it shows; of a picture the large one."""
    if tag.name not in ("img", "source", "audio") or tag.classes & {"avatar"}:
        return ""
    is_face = "rawemoji" in tag.attributes
    return "" if is_face else tag.attributes.get("rawurl") or tag.attributes.get("src", "")


def _content(post: _Post, people: set[str]) -> tuple[Kind, str]:
    said = post.said.strip()
    if "chat-notice" in post.classes:
        return "system", said.removeprefix(_SYSTEM).strip()
    kind = next((kind for sign, kind in _KINDS if sign in post.inner), None)
    if kind == "link" and post.type == "file":
        kind = "file"
    if kind is None and "media" in post.classes:
        kind = "sticker"
    return (kind, "") if kind else own_words(said, people)

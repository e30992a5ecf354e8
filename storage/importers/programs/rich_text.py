"""The markup of Skype and Teams, read as words, with quotes, files and the mark of an edit apart.

Skype writes tags of its own (`<quote>`, `<ss>` around an emoticon, `<e_m/>` behind what was edited,
`<URIObject>` for a file), Teams HTML with a picture for each emoji.
"""

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from storage.errors import InputError
from storage.importers.raw_files.html_events import End, Event, Tag, html_events
from storage.importers.record_fields import BadRow, number
from storage.texts import Text

_BLOCKS = frozenset({"p", "div", "li", "ul", "ol", "pre", "codeblock", "tr", "h1", "h2", "h3"})
_QUOTES = frozenset({"quote", "blockquote"})
_NO_WORDS = frozenset({"legacyquote", "uriobject", "partlist", "script", "style", "title"})
# Skype names newer emoji by their code: `1f440_eyes`.
_EMOJI = re.compile(r"(1f[0-9a-f]{3}|2[0-9a-f]{3})_\w{1,60}")
_EDITED = "Edited previous message: "
_BLANKS = re.compile(r"[ \t\r\n\xa0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(slots=True)
class RichText:
    """`quoted_id`: of the message that is answered. `first_sent_at`: when the version before an
    edit was sent, in UTC milliseconds. `media`: Skype's name of a file's type, such as `Picture.1`.
    `images`: how many pictures it has that are no emoji.
    """

    words: str = ""
    quoted: str = ""
    quoted_id: str = ""
    is_forward: bool = False
    is_edited: bool = False
    first_sent_at: int | None = None
    media: str = ""
    file_name: str = ""
    images: int = 0


def rich_text(markup: str, *, is_html: bool) -> RichText:
    """`is_html`: blanks and line breaks are not shown as they stand. Raises BadRow."""
    reading = _Reading(is_html)
    try:
        for _, event in html_events(io.StringIO(markup), Path()):
            reading.see(event)
    except InputError as error:
        raise BadRow(Text("broken markup")) from error
    return reading.ended()


@dataclass(slots=True)
class _Reading:
    """`open`: how many elements of a name are open that make a quote or hold no words."""

    is_html: bool
    found: RichText = field(default_factory=RichText)
    words: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)

    def see(self, event: Event) -> None:
        if isinstance(event, Tag):
            self._begin(event)
        elif isinstance(event, End):
            self._end(event.name)
        else:
            self._add(_BLANKS.sub(" ", event) if self.is_html else event)

    def ended(self) -> RichText:
        words = self._text(self.words)
        if self.found.is_edited:
            words = words.removeprefix(_EDITED)
        self.found.words, self.found.quoted = words, self._text(self.quoted)
        return self.found

    def _text(self, pieces: list[str]) -> str:
        text = "".join(pieces).replace("\r\n", "\n")
        if self.is_html:
            text = "\n".join(line.strip() for line in text.split("\n"))
            text = _EMPTY_LINES.sub("\n\n", text)
        return text.strip()

    def _add(self, said: str) -> None:
        if any(self.open[name] for name in _NO_WORDS) or self.open["ss"]:
            return
        self._side.append(said)

    @property
    def _side(self) -> list[str]:
        return self.quoted if any(self.open[name] for name in _QUOTES) else self.words

    def _new_line(self) -> None:
        if self._side and not self._side[-1].endswith("\n"):
            self._add("\n")

    def _begin(self, tag: Tag) -> None:
        if tag.name in ("img", "emoji", "customemoji"):
            self._picture(tag)
        elif tag.name == "br":
            self._add("\n")
        elif tag.name in _BLOCKS:
            self._new_line()
        elif tag.name in _QUOTES or tag.name in _NO_WORDS:
            self.open[tag.name] += 1
        elif tag.name == "ss" and (code := _EMOJI.fullmatch(tag.attributes.get("type", ""))):
            self._add(chr(int(code[1], 16)))
            self.open["ss"] += 1  # inside stands its name again
        self._note(tag)

    def _end(self, name: str) -> None:
        if self.open[name]:
            self.open[name] -= 1
        elif name in _BLOCKS:
            self._new_line()

    def _picture(self, tag: Tag) -> None:
        shown = tag.attributes.get("alt", "")
        if tag.name == "customemoji":
            self._add(f":{shown}:" if shown else "")
        elif tag.name == "emoji" or tag.attributes.get("itemtype", "").endswith("/Emoji"):
            self._add(shown)
        elif self._side is self.words:
            self.found.images += 1

    def _note(self, tag: Tag) -> None:
        found, attributes = self.found, tag.attributes
        if tag.name in _QUOTES:
            quoted = attributes.get("messageid") or attributes.get("itemid", "")
            found.quoted_id = found.quoted_id or quoted
            found.is_forward |= attributes.get("itemtype", "").endswith("/Forward")
        elif self._side is self.quoted:
            return
        elif tag.name == "e_m":
            found.is_edited = True
            found.first_sent_at = number(attributes, "ts_ms")
        elif tag.name == "uriobject":
            found.media = attributes.get("type", "")
        elif tag.name == "originalname":
            found.file_name = attributes.get("v", "")

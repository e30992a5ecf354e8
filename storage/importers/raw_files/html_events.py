"""Read a page piece by piece: its tags and texts in their order, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TextIO

from storage.importers.problems import BadFile
from storage.texts import Text

_PIECE = 1 << 16
# A tag, a comment or a text of one message: whatever is longer is no chat.
_LONGEST = 1 << 18
# They have no end of their own.
_EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass(frozen=True, slots=True)
class Tag:
    """The beginning of an element. `is_empty`: nothing lies in it, and no End follows."""

    name: str
    attributes: dict[str, str]
    is_empty: bool

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())


@dataclass(frozen=True, slots=True)
class End:
    name: str


Event = Tag | End | str


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[tuple[int, Event]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._add(Tag(tag, attributes, tag in _EMPTY))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self._add(End(tag))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY:
            self._add(End(tag))

    def handle_data(self, data: str) -> None:
        self._add(data)

    def _add(self, event: Event) -> None:
        self.events.append((self.getpos()[0], event))


def html_events(stream: TextIO, path: Path) -> Iterator[tuple[int, Event]]:
    """(line, event). Raises InputError, with the line, for what is no page."""
    parser = _Parser()
    while piece := stream.read(_PIECE):
        _feed(parser, piece, path)
        yield from parser.events
        parser.events.clear()
    _feed(parser, "", path, last=True)
    yield from parser.events


def _feed(parser: _Parser, piece: str, path: Path, last: bool = False) -> None:
    try:
        parser.close() if last else parser.feed(piece)
    except AssertionError as error:  # the parser's way to give up, at `<![x`
        raise BadFile(
            path, Text("broken HTML; export it again"), line=parser.getpos()[0]
        ) from error
    if len(parser.rawdata) > _LONGEST:
        raise BadFile(
            path, Text("a tag without an end; export the chat again"), line=parser.getpos()[0]
        )

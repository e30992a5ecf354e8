"""Read XML piece by piece, in bounded memory, also where it is not well-formed.

Programs on phones write each half of an emoji as a reference of its own, and whole files as
attributes. Nothing that a file defines itself is expanded.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from xml.parsers import expat

from storage.importers.problems import BadFile
from storage.importers.raw_files.html_events import End, Tag
from storage.texts import Text

_PIECE = 1 << 16
_LONGEST = 1 << 22  # of a tag
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_FILE = re.compile(rf"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/=]{{{_PIECE},}}")
_NUMBER = r"&#(?:[xX][0-9a-fA-F]{1,6}|\d{1,7});"
_REFERENCES = re.compile(rf"(?:{_NUMBER})+|&(?!(?:amp|lt|gt|quot|apos);)")
_HALVES = re.compile(r"(?:&#5[5-7]\d{3};){2,}")
_MAY_GO_ON = re.compile(rf"({_NUMBER})?(&[#\w]{{0,9}})?\Z")
_TAIL = 24  # characters, as long as two references
_NOT_ALLOWED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN = 128  # below it are the signs that XML itself uses, and line breaks


def xml_events(stream: TextIO, path: Path) -> Iterator[tuple[int, Tag | End]]:
    """(line, event); texts between tags are not read. Raises InputError for what is no XML."""
    events: list[tuple[int, Tag | End]] = []
    parser = expat.ParserCreate()

    def begin(name: str, attributes: dict[str, str]) -> None:
        events.append((parser.CurrentLineNumber, Tag(name, attributes, is_empty=False)))

    def refuse(*_: object) -> None:
        cause = Text("a DOCTYPE, which no export has; export it again")
        raise BadFile(path, cause, line=parser.CurrentLineNumber)

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda name: events.append((parser.CurrentLineNumber, End(name)))
    parser.StartDoctypeDeclHandler = refuse
    waiting = 0
    for piece, is_last in _well_formed(stream):
        try:
            parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            why = expat.ErrorString(error.code)
            cause = Text("broken XML ({error}); export it again", error=why)
            raise BadFile(path, cause, line=error.lineno) from error
        waiting = 0 if events else waiting + len(piece)
        if waiting > _LONGEST:
            cause = Text("a tag without an end; export the chat again")
            raise BadFile(path, cause, line=parser.CurrentLineNumber)
        yield from events
        events.clear()


def joined_halves(text: str) -> str:
    """With the emoji in place of escaped references to their halves, as some converters write."""
    return _HALVES.sub(lambda found: _characters(found[0]), text) if "&#5" in text else text


def _well_formed(stream: TextIO) -> Iterator[tuple[str, bool]]:
    """(piece, whether it is the last one), with what XML does not allow mended."""
    kept, has_begun = "", False
    for piece in _without_files(stream):
        text = kept + piece if has_begun else (kept + piece).lstrip("\ufeff \t\r\n")
        has_begun = has_begun or bool(text)
        kept = text[_whole_until(text) :]
        yield _mended(text.removesuffix(kept)), False
    yield _mended(kept), True


def _without_files(stream: TextIO) -> Iterator[str]:
    """The text without the base64 of long files."""
    kept, in_file = "", False
    while piece := stream.read(_PIECE):
        if in_file:
            piece = piece.lstrip(_BASE64)
            in_file = not piece
        text = kept + piece
        whole = text.rstrip(_BASE64)
        kept = text[len(whole) :]
        if len(kept) >= _PIECE:
            kept, in_file = "", True
        is_long = max(map(len, whole.split('"'))) >= _PIECE
        yield _FILE.sub("", whole) if is_long else whole
    yield kept


def _whole_until(text: str) -> int:
    """Where it may be cut: no reference and no two halves of a character go on behind it."""
    end = _MAY_GO_ON.search(text, max(0, len(text) - _TAIL))
    cut = end.start(1 if _is_half(end[1]) else 2) if end else -1
    return cut if cut >= 0 else len(text)


def _is_half(reference: str | None) -> bool:
    return reference is not None and 0xD800 <= _code(reference) < 0xDC00


def _mended(text: str) -> str:
    text = _NOT_ALLOWED.sub("", text)
    if "&" not in text:
        return text
    return _REFERENCES.sub(lambda found: _allowed(found[0]), text)


def _allowed(references: str) -> str:
    if not references.startswith("&#") or not references.endswith(";"):
        return "&amp;"
    characters = _NOT_ALLOWED.sub("", _characters(references))
    return "".join(f"&#{ord(c)};" if ord(c) < _PLAIN else c for c in characters)


def _characters(references: str) -> str:
    """What the references stand for together; half of a character alone becomes `?`."""
    codes = [_code(reference) for reference in references.split(";")[:-1]]
    text = "".join(chr(code) for code in codes if code <= 0x10FFFF)
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\ufffd", "?")


def _code(reference: str) -> int:
    digits = reference.removeprefix("&#").rstrip(";")
    return int(digits[1:], 16) if digits[0] in "xX" else int(digits)

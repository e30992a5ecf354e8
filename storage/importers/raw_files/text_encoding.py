"""Detect the encoding of a file by reading all of it in pieces."""

import codecs
from pathlib import Path

import charset_normalizer

from storage.importers.problems import BadFile
from storage.importers.raw_files.source import Source
from storage.texts import Text

_PIECE = 1 << 16
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What exporters write beside UTF-8. Among all that Python knows, wrong ones fit by chance.
_OTHERS = ["big5", "shift_jis", "euc_kr", "cp1251", "cp1252", "cp1254", "cp1256", "iso8859_15"]
# A few broken bytes in a long UTF-8 file are damage, not another encoding.
_DAMAGE_SHARE = 0.01


def detect_encoding(source: Source) -> tuple[str, int]:
    """(codec, number of bytes that do not fit it). Raises InputError when it is no text."""
    with source.open() as stream:
        head = stream.read(_PIECE)
    marked = next((codec for mark, codec in _BOMS if head.startswith(mark)), None)
    # A mark says what was meant, not that every byte is right.
    encoding = marked or _utf16(head)
    if encoding:
        return encoding, _misfits(source, encoding)[0]
    cause = _first_misfit(source, "utf-8")
    if cause is None:
        return "utf-8", 0
    if cause == "unexpected end of data":
        raise BadFile(
            source.path,
            Text("the file ends in the middle of a character; it was cut off, copy it again"),
        )
    bad, foreign = _misfits(source, "utf-8")
    if bad <= foreign * _DAMAGE_SHARE:
        return "utf-8", bad
    if _first_misfit(source, "gb18030") is None:
        return "gb18030", 0
    return _guess(source, head, source.path), 0


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its ASCII signs is zero."""
    half = len(head) // 2
    for codec, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if half > 1 and zeros.count(0) > half * 0.3 and head.count(0) < half * 1.2:
            return codec
    return None


def _first_misfit(source: Source, encoding: str) -> str | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with source.open() as stream:
            while piece := stream.read(_PIECE):
                decoder.decode(piece)
        decoder.decode(b"", True)
    except UnicodeDecodeError as error:
        return error.reason
    return None


def _misfits(source: Source, encoding: str) -> tuple[int, int]:
    """(signs that stand for broken bytes, signs beyond ASCII)."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    bad = foreign = 0
    with source.open() as stream:
        while piece := stream.read(_PIECE):
            text = decoder.decode(piece)
            broken = text.count("\ufffd")
            bad += broken
            foreign += len(text) - len(text.encode("ascii", "ignore")) - broken
    return bad, foreign


def _guess(source: Source, head: bytes, path: Path) -> str:
    best = charset_normalizer.from_bytes(head, cp_isolation=_OTHERS).best()
    if best is None or _first_misfit(source, best.encoding) is not None:
        raise BadFile(
            path,
            Text("neither UTF-8, UTF-16, GB18030 nor another known encoding; save it as UTF-8"),
        )
    return best.encoding

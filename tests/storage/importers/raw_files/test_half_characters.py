"""Halves of characters in JSON, wherever a piece of the file ends."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.importers.raw_files import json_stream
from storage.importers.raw_files.half_characters import without_halves
from storage.importers.raw_files.json_stream import walk
from storage.values import storable

signs = st.sampled_from(["\ud83d", "\ude00", "\\", "u", "d83d", '"', "a", "\n", "好", "👋", "\0"])
texts = st.lists(signs, max_size=30).map("".join)


@given(texts)
def test_every_half_and_nothing_else_is_replaced(text: str) -> None:
    # Two escapes beside each other are one character; json.loads joins them too.
    meant = json.loads(json.dumps(text))
    read = json.loads(without_halves(json.dumps(text)))
    assert read == meant.encode("utf-8", "replace").decode()
    assert without_halves(json.dumps(text, ensure_ascii=False)) == json.dumps(
        text, ensure_ascii=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("piece", [1, 2, 5, 6, 7, 11, 12, 13])
@given(texts)
def test_a_long_line_is_read_in_pieces(piece: int, text: str) -> None:
    original, json_stream._PIECE = json_stream._PIECE, piece
    try:
        stream = io.StringIO(json.dumps([text, text]))
        read = [value for _, _, value in walk(stream, Path("x.json"), ["*"])]
    finally:
        json_stream._PIECE = original
    meant = json.loads(json.dumps(text)).encode("utf-8", "replace").decode()
    assert read == [meant, meant]
    assert storable(meant) == meant.replace("\0", "")


def test_backslashes_alone_take_no_longer_than_their_length() -> None:
    for unit in ("\\", "\\u", "\\ud83d", "\\\\ud83d"):
        without_halves(unit * (300_000 // len(unit)))

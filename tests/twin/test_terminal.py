"""Texts of others on a terminal."""

import io
import sys

import pytest

from twin.terminal import one_line, printable, tolerate_encodings


@pytest.mark.parametrize(
    "text", ["", "hi", "你好 👋🏽 👨\u200d👩\u200d👧", "two\nlines\tand a tab"]
)
def test_ordinary_text_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\r", "\x9b", "\0", "\u202e", "\u2066", "\ud83d"])
def test_what_a_terminal_obeys_does_not(sign: str) -> None:
    assert printable(f"a{sign}b") == "a\ufffdb"


def test_one_line() -> None:
    assert one_line("a\r\nb\nc") == "a\\nb\\nc"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk", "utf-8"])
def test_no_terminal_refuses_a_text(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\x81\n"), encoding="utf-8"))
    tolerate_encodings()
    print("你好 é 👋 \ud83d", flush=True)
    assert written.getvalue().decode(encoding)
    assert sys.stdin.readline() == "\ufffd\ufffd\n"

import io
import sys

import pytest

from twin.connectors.login_code import show_code


def test_the_code_is_drawn_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    show_code("https://login.example/l/abc==")
    out, drawn = capsys.readouterr()
    assert out == ""
    assert "The code as text: https://login.example/l/abc==" in drawn
    lines = [line for line in drawn.splitlines() if "█" in line]
    assert len(lines) > 10
    assert len({len(line) for line in lines}) == 1  # a square


def test_a_terminal_without_blocks_gets_the_text() -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    show_code("https://login.example/l/abc", terminal)
    terminal.seek(0)
    assert "https://login.example/l/abc" in terminal.read()


def test_a_code_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_code("x\x1b[2Jy")
    assert "\x1b" not in capsys.readouterr().err


def test_stderr_is_looked_up_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)
    show_code("x")
    assert "as text: x" in later.getvalue()

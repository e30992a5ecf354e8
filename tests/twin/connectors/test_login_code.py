import io
import sys

import pytest
import qrcode
from qrcode.image.svg import SvgPathImage

from twin.connectors.login_code import fits_code, show_code


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


@pytest.mark.parametrize("text", ["x" * 2001, "码" * 1000, "\ud800"])
def test_what_no_code_holds_is_text_alone(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not fits_code(text)
    show_code(text)
    assert "█" not in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "x" * 2000, "码", "\x00"])
def test_what_fits_can_be_drawn_here_and_on_the_page(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fits_code(text)
    show_code(text)
    assert "█" in capsys.readouterr().err
    qrcode.make(text, image_factory=SvgPathImage, border=2)

import io

from rich.console import Console

from training.progress_bar import LINES, Progress


def shown(*, terminal: bool, show: bool = True, until: int = 200, later: float = 0.0) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=120)
    now = 0.0
    with Progress(show=show, console=console, clock=lambda: now) as progress:
        progress.phase("loading the base model")
        progress.steps(0, 200)
        for done in range(1, until + 1):
            progress.loss(3.0)
            now += 2
            progress.step(done)
        now += later
    return out.getvalue()


def test_a_terminal_sees_a_bar_with_the_time_left() -> None:
    out = shown(terminal=True)
    assert "200/200" in out
    assert "0:01:40 left" in shown(terminal=True, until=150)
    assert "loss 3.000" in out


def test_a_log_file_gets_plain_lines_and_not_too_many() -> None:
    lines = shown(terminal=False).splitlines()
    assert lines[0] == "loading the base model"
    assert len(lines) == 1 + LINES
    assert lines[1] == "training 10/200, 0:06:20 left, loss 3.000"
    assert lines[-1].endswith("loss 3.000")


def test_the_time_left_gets_less_between_the_steps() -> None:
    assert "0:01:10 left" in shown(terminal=True, until=150, later=30)
    assert "left" not in shown(terminal=True, until=150, later=100).splitlines()[-2]


def test_nothing_is_shown_where_nobody_asked() -> None:
    assert shown(terminal=False, show=False) == ""

"""How long the event loop stood still: measured, told once, read by another process."""

import asyncio
import json
import logging
from pathlib import Path

import pytest

from storage.database import open_database
from tests.twin.fakes import config_in
from twin.diagnostics.doctor import diagnose
from twin.diagnostics.status import collect_status
from twin.loop_lag import FILE, TICK_S, WINDOW_S, LoopLag, last_figures


class Loop:
    """A clock whose sleeps take as much longer as `late` says; it ends with the last."""

    def __init__(self, late: list[float]) -> None:
        self.now, self._late = 0.0, iter(late)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        late = next(self._late, None)
        if late is None:
            raise asyncio.CancelledError
        self.now += seconds + late


async def watched(folder: Path | None, late: list[float]) -> LoopLag:
    loop = Loop(late)
    lag = LoopLag(folder, loop.monotonic, loop.sleep)
    with pytest.raises(asyncio.CancelledError):
        await lag.watch()
    return lag


async def test_figures_are_of_the_last_minutes() -> None:
    assert LoopLag().figures() is None
    window = round(WINDOW_S / TICK_S)
    old, new = [9.0], [0.001] * (window - 31) + [0.02] * 30 + [0.4]
    figures = (await watched(None, old + new)).figures()
    assert figures is not None
    assert (figures.p50_ms, figures.p99_ms, figures.worst_ms) == (1.0, 20.0, 400.0)
    assert figures.stalls == 1  # since the start, however long ago


async def test_a_stall_is_told_in_the_log_status_and_doctor(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    config = config_in(tmp_path)
    open_database(config.database)
    assert last_figures(config.data) is None
    assert collect_status(config, open_database(config.database))["event_loop"] is None
    await watched(config.data, [0.0, 3.21, 0.9, 0.0])
    assert caplog.messages == ["the event loop stood still for 3.2 s; nobody was answered"]
    shown = collect_status(config, open_database(config.database))["event_loop"]
    assert (shown["worst_ms"], shown["stalls"]) == (3210.0, 1)
    [found] = [check for check in diagnose(config) if check.name == "event loop"]
    assert (found.verdict, found.code, found.values["count"]) == ("warn", "loop_stood", "1")


async def test_a_quiet_loop_writes_seldom(tmp_path: Path) -> None:
    ticks = round(WINDOW_S / TICK_S)
    await watched(tmp_path, [0.0] * (ticks - 2))
    assert not (tmp_path / FILE).exists()
    await watched(tmp_path, [0.0] * (ticks + 2))
    assert json.loads((tmp_path / FILE).read_text())["stalls"] == 0


@pytest.mark.parametrize("content", ["", "[]", '{"p50_ms": 1}', "\ud800"])
def test_a_damaged_file_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_bytes(content.encode("utf-8", "surrogatepass"))
    assert last_figures(tmp_path) is None

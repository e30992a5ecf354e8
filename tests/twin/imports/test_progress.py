import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from storage.database import open_database
from storage.importers.import_files import import_paths
from twin.cli import output
from twin.cli.imports import _bars
from twin.imports.job import ImportProgress, PhaseProgress


def test_the_time_left_is_of_the_phase_and_shown_once_it_is_known() -> None:
    now = 10.0
    watch = ImportProgress(lambda: now)
    assert watch.share is None
    watch.on_progress("reading", 0, 400)
    now = 11.0
    watch.on_progress("reading", 100, 400)
    assert watch.share == PhaseProgress("reading", 25, None)
    now = 20.0
    watch.on_progress("reading", 200, 400)
    assert watch.share == PhaseProgress("reading", 50, 10.0)
    watch.on_progress("writing", 0, 7)
    assert watch.share == PhaseProgress("writing", 0, None)
    now = 24.0
    watch.on_progress("writing", 7, 7)
    assert watch.share == PhaseProgress("writing", 100, 0.0)


def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=is_terminal, width=100)
    monkeypatch.setattr(output, "errors", console)
    export = tmp_path / "mum.json"
    export.write_text(json.dumps([["2026-01-01 10:00:00", "我", "hi"]]))
    db = open_database(tmp_path / "twin.db")
    with _bars() as (on_progress, _):
        import_paths(db, [export], on_progress=on_progress)
    db.close()
    return out.getvalue()


def test_a_terminal_sees_a_bar_for_each_phase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = told(tmp_path, monkeypatch, is_terminal=True)
    assert "reading" in shown
    assert "writing" in shown
    assert "100%" in shown
    assert "0:00:00" in shown


def test_elsewhere_nothing_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(tmp_path, monkeypatch, is_terminal=False) == ""

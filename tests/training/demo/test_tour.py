"""What somebody sees who tries the demo: an answer of the base, the training, the comparison."""

import asyncio
import json
from collections.abc import Callable
from typing import cast

import pytest
from sqlite_utils import Database

from storage import runs
from storage.adapters import promote, reject
from storage.invites import create_invite
from storage.run_progress import PLANNED
from tests.registry import enter_adapter
from tests.twin.connectors.web.serving import FriendsPage
from training.demo import tour as touring
from training.demo.panel import Panel, State
from training.demo.tour import Tour, has_browser
from training.report.report_files import report_folder
from twin.cli.output import Output
from twin.config.schema import Config
from twin.connectors.base import Event
from twin.engine.base import Engine
from twin.engine.local import LocalEngine
from twin.interfaces import Training

EXAMPLE = {"friend": "hi", "answers": {"base": "I am", "candidate": "yo", "person": "hey"}}


class AnyEngine:
    adapter: str | None = None


class OneRun:
    """Training that lets an adapter go live, as the trainer process does."""

    def __init__(self, db: Database, config: Config, engine: AnyEngine) -> None:
        self._db, self._config, self._engine = db, config, engine
        self.begun = 0

    async def train(self, reason: str) -> str:
        self.begun += 1
        run = runs.start_run(self._db, reason, 1)
        folder = report_folder(self._config, run)
        folder.mkdir(parents=True)
        (folder / "examples.json").write_text(json.dumps([EXAMPLE]), encoding="utf-8")
        enter_adapter(self._db, "first", run_id=run)
        promote(self._db, "first")
        runs.finish_run(self._db, run, {"base_loss": 4.0, "loss": 3.5})
        self._engine.adapter = "first"
        return "better"


@pytest.fixture
def page(db: Database) -> FriendsPage:
    create_invite(db, "you")
    return FriendsPage(db)


async def test_the_page_is_there_before_the_training_begins(
    db: Database, config: Config, page: FriendsPage, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = AnyEngine()
    training = OneRun(db, config, engine)
    tour = _tour(config, db, page, engine, training, once=False)

    async def emit(_name: str, _event: Event) -> None: ...

    showing = asyncio.create_task(tour.begin(Output(False)))
    await asyncio.sleep(0)
    assert training.begun == 0
    async with page.run(emit):
        assert not await showing  # the bot goes on
    assert training.begun == 1
    told = capsys.readouterr()
    assert all(word in told.out + told.err for word in ("hey", "yo", "I am", "better"))
    assert page.web.beside is not None


async def test_a_twin_that_was_judged_is_not_trained_again(
    db: Database, config: Config, page: FriendsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = AnyEngine()
    training = OneRun(db, config, engine)
    enter_adapter(db, "first")
    promote(db, "first")
    engine.adapter = "first"
    asked = []

    async def ask(*given: object) -> str:
        asked.append(given)
        return "fine"

    monkeypatch.setattr(touring, "ask", ask)

    async def emit(_name: str, _event: Event) -> None: ...

    async with page.run(emit):
        assert await _tour(config, db, page, engine, training, once=True).begin(Output(True))
    assert (training.begun, len(asked)) == (0, 1)


def test_the_panel_follows_the_run(db: Database, config: Config) -> None:
    engine = AnyEngine()
    panel = Panel(config, db, cast(Engine, engine))
    assert panel.state() == State(None, True, False, None, None, None)
    run = runs.start_run(db, "manual", 1)
    runs.add_metrics(db, run, 0, {PLANNED: 10})
    runs.add_metrics(db, run, 4, {"loss": 3.0})
    now = panel.state().progress
    assert now is not None
    assert (now.phase, now.step, now.steps) == ("training", 4, 10)
    runs.fail_run(db, run, "no disk")
    assert panel.state() == State(None, True, False, None, "no disk", None)


def test_the_panel_is_there_while_the_model_is_loaded(db: Database, config: Config) -> None:
    engine = LocalEngine(config)
    assert Panel(config, db, engine).state() == State(None, True, False, None, None, None)


@pytest.mark.parametrize(("settle", "refused"), [(promote, False), (reject, True)])
def test_a_twin_that_is_being_loaded_was_not_refused(
    db: Database, config: Config, settle: Callable[[Database, str], object], refused: bool
) -> None:
    enter_adapter(db, "first")
    settle(db, "first")
    state = Panel(config, db, cast(Engine, AnyEngine())).state()
    assert (state.adapter, state.waits, state.refused) == (None, False, refused)


@pytest.mark.parametrize(
    ("platform", "display", "opens"),
    [("linux", "", False), ("linux", ":0", True), ("darwin", "", True), ("win32", "", True)],
)
def test_no_browser_takes_the_terminal(
    monkeypatch: pytest.MonkeyPatch, platform: str, display: str, opens: bool
) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert has_browser() is opens
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    assert not has_browser()


def _tour(
    config: Config,
    db: Database,
    page: FriendsPage,
    engine: AnyEngine,
    training: OneRun,
    *,
    once: bool,
) -> Tour:
    made = (cast(Engine, engine), cast(Training, training))
    return Tour(config, db, page.web, *made, once)

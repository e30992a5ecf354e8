import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

import bot
from storage import runs
from storage.database import open_database
from tests.terminal import Terminal
from tests.training.report.made_up import Told
from training.report.report_files import report_folder
from twin.cli import output
from twin.config.load import load_config


@pytest.fixture
def run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    monkeypatch.setattr(output.console, "width", 250)
    return Terminal(tmp_path, capsys)


@pytest.fixture
def db(run: Terminal) -> Iterator[Database]:
    db = open_database(run.database)
    yield db
    db.close()


def finished(db: Database, **result: Any) -> int:
    number = runs.start_run(db, "schedule", 1, night="2025-11-03")
    runs.describe_run(db, number, "abc", {"max_steps": None})
    known = {"adapter": "a-run1", "base_loss": 4.31234, "loss": 3.2, "seconds": 421.7}
    runs.finish_run(db, number, known | result)
    return number


def evaluated(db: Database, told: Told, promoted: bool, **more: Any) -> int:
    scores = {name: asdict(each) for name, each in told.evaluation.scores.items()}
    verdict = {"promoted": promoted, "reasons": ["loss 3.2 [bold]", "copies too much"]}
    return finished(db, scores=scores, verdict=verdict, **more)


@pytest.mark.slow
@pytest.mark.parametrize("command", [["runs", "list"], ["runs", "show", "1"]])
def test_nothing_heavy_is_loaded(
    run: Terminal, db: Database, told: Told, command: list[str]
) -> None:
    evaluated(db, told, promoted=True)
    heavy = {"torch", "datasets", "numpy", "matplotlib", "jinja2", "markdown_it"}
    script = (
        f"import sys, bot; code = bot.main({[*command, '--config', str(run.config)]!r}); "
        f"print(code, sorted(set(sys.modules) & {heavy!r}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(bot.__file__).parent,
        capture_output=True,
        timeout=120,
    )
    assert ended.stdout.decode(errors="replace").splitlines()[-1] == "0 []"


@pytest.mark.parametrize("command", [["runs"], ["runs", "list"], ["runs", "show"]])
def test_help(run: Terminal, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert bot.main([*command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_no_runs_is_an_empty_list(run: Terminal) -> None:
    assert run.json("runs", "list") == []
    assert run.people("runs", "list")


def test_the_list_has_the_newest_first(run: Terminal, db: Database, told: Told) -> None:
    finished(db)
    runs.fail_run(db, runs.start_run(db, "manual", 1), "no room")
    evaluated(db, told, promoted=True)
    evaluated(db, told, promoted=False)
    lines = run.people("runs", "list").splitlines()
    kept, live, failed, not_evaluated = (line for line in lines if line.startswith("│"))
    assert all(word in live for word in ("done", "schedule", "2025-11-03", "7", "a-run1"))
    assert "4.312 → 3.2" in live
    assert "went live" in live
    assert "did not go live" in kept
    assert "failed" in failed
    assert "live" not in not_evaluated + failed
    assert [each["id"] for each in run.json("runs", "list", "--limit", "2")] == [4, 3]


def test_the_list_is_data_all_the_way_down(run: Terminal, db: Database) -> None:
    finished(db)
    [document] = run.json("runs", "list")
    assert document["result"]["loss"] == 3.2
    assert document["settings"] == {"max_steps": None}
    assert document["minutes"] == 7.0


def test_minutes_of_a_run_without_a_result_are_those_on_the_clock(
    run: Terminal, db: Database
) -> None:
    number = runs.start_run(db, "manual", 1)
    db.execute("UPDATE training_runs SET heartbeat_at = started_at + 90000")
    assert run.json("runs", "show", str(number))["minutes"] == 1.5
    runs.fail_run(db, number, "no room")
    db.execute("UPDATE training_runs SET finished_at = started_at + 180000")
    assert run.json("runs", "show", str(number))["minutes"] == 3


def test_show_has_scores_and_reasons(run: Terminal, db: Database, told: Told) -> None:
    number = evaluated(db, told, promoted=False)
    shown = run.people("runs", "show", str(number))
    assert "did not go live" in shown
    assert "loss 3.2 [bold]" in shown
    [row] = [line for line in shown.splitlines() if "(AUC)" in line]
    assert [part for part in row.split() if part[0].isdigit()] == ["0.970", "0.680", "0.610", "0.5"]
    document = run.json("runs", "show", str(number))
    assert document["result"]["scores"]["live"]["detector"] == 0.68
    assert document["result"]["verdict"]["reasons"] == ["loss 3.2 [bold]", "copies too much"]


def test_show_has_the_ends_of_the_scores_where_they_are_known(
    run: Terminal, db: Database, told: Told
) -> None:
    ends = {"ceiling": {"detector": 0.51, "case_distance": None}, "floor": {"detector": 0.85}}
    shown = run.people("runs", "show", str(evaluated(db, told, promoted=True, **ends)))
    [row] = [line for line in shown.splitlines() if "(AUC)" in line]
    assert [p for p in row.split() if p[0].isdigit()][-4:] == ["0.610", "0.850", "0.510", "0.5"]
    assert "you again" in shown
    assert "you again" not in run.people("runs", "show", str(evaluated(db, told, promoted=True)))


def test_show_names_the_report_once_it_is_there(run: Terminal, db: Database) -> None:
    number = finished(db)
    assert run.json("runs", "show", str(number))["report"] is None
    folder = report_folder(load_config(run.config), number)
    folder.mkdir(parents=True)
    (folder / "index.html").touch()
    found = run.json("runs", "show", str(number))["report"]
    assert Path(found) == folder / "index.html"
    assert Path(found).parts[-4:] == ("data", "reports", f"run-{number}", "index.html")
    assert found in run.people("runs", "show", str(number))


def test_a_failed_run_says_why(run: Terminal, db: Database) -> None:
    number = runs.start_run(db, "manual", 1)
    runs.fail_run(db, number, "12 samples to train on")
    assert "12 samples to train on" in run.people("runs", "show", str(number))


@pytest.mark.parametrize(
    ("number", "named"), [("7", "run 7"), ("0", "run 0"), ("x", "'N'"), (str(2**63), "'N'")]
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_run_that_is_not_there_is_one_line(
    run: Terminal, number: str, named: str, options: list[str]
) -> None:
    code, out, err = run("runs", "show", number, *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert named in err

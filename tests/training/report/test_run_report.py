import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from storage.errors import TwinError
from tests.training.report.made_up import Told, from_file
from training.report import run_report
from training.report.run_report import write_report

pytestmark = pytest.mark.slow

PLOTS = {"places.svg", "loss.svg", "length.svg", "pieces.svg", "ends.svg"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "run-12"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(folder: Path, told: Told) -> Path:
    return write_report(folder, told.run, told.evaluation, told.verdict)


def test_a_report_is_markdown_page_and_plots(folder: Path, told: Told) -> None:
    page = write(folder, told)
    assert page == folder / "index.html"
    assert names(folder) == PLOTS | {"report.md", "index.html", "examples.json"}
    assert names(folder.parent) == {"run-12"}
    for plot in PLOTS:
        assert ElementTree.parse(folder / plot).getroot().tag.endswith("svg")
        assert f"]({plot})" in (folder / "report.md").read_text(encoding="utf-8")
    shown = page.read_text(encoding="utf-8")
    told_apart = "A classifier can tell it from you (AUC): base 0%, live 53%, candidate 71%"
    assert f'alt="From other people (0%) to the person (100%): {told_apart}; Difference' in shown
    assert shown.count('src="data:image/svg+xml;base64,') == len(PLOTS)
    assert "http://" not in shown
    assert "明天见！" in shown


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")
def test_others_may_not_read_it(folder: Path, told: Told) -> None:
    write(folder, told)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_writing_again_replaces_everything(folder: Path, told: Told) -> None:
    write(folder, told)
    write_report(folder, from_file(told), None, None)
    assert names(folder) == {"report.md", "index.html"}
    assert names(folder.parent) == {"run-12"}


def test_what_a_killed_process_left_is_in_nobodys_way(folder: Path, told: Told) -> None:
    for rest in (".run-12.tmp", ".run-12.old"):
        (folder.parent / rest / "sub").mkdir(parents=True)
    write(folder, told)
    assert names(folder.parent) == {"run-12"}


@pytest.mark.parametrize("step", ["render_page", "draw_losses"])
def test_a_full_disk_leaves_the_old_report(
    folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    page = write(folder, told)
    before = page.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_report, step, fail)
    with pytest.raises(TwinError, match=r"run-12.*No space left on device.*free") as caught:
        write(folder, told)
    assert "\n" not in str(caught.value)
    assert page.read_bytes() == before
    assert names(folder.parent) == {"run-12"}


def test_curves_with_holes_and_answers_of_nobody(folder: Path, told: Told) -> None:
    curves = {"loss": [(1, float("nan")), (2, 3.0), (3, float("inf"))], "held_out_loss": []}
    evaluation = replace(told.evaluation, answers={"person": [], "candidate": []}, ceiling={})
    write_report(folder, replace(told.run, curves=curves), evaluation, told.verdict)
    assert names(folder) == {"loss.svg", "report.md", "index.html", "examples.json"}


def test_halves_of_characters_can_be_written(folder: Path, told: Told) -> None:
    broken = {name: ["half \ud83d", "\ud83d"] for name in ("person", "candidate")}
    shown = replace(told.evaluation.examples[0], friend="\ud83d \udc00 hi")
    evaluation = replace(told.evaluation, answers=broken, examples=[shown])
    assert write(folder, replace(told, evaluation=evaluation)).is_file()


def test_drawing_touches_no_global_plotter(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.training.report.made_up import made_up\n"
        "from training.report.run_report import write_report\n"
        "assert 'matplotlib' not in sys.modules\n"
        "told = made_up()\n"
        f"write_report(Path({str(folder)!r}), told.run, told.evaluation, told.verdict)\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(bot.__file__).parent,
        capture_output=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr.decode(errors="replace")

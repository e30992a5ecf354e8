"""Write the report of a run: complete, or not there."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import TwinError
from storage.values import storable
from training.evaluation.scores import AnswerExample, Evaluation, GateVerdict
from training.report.plots import draw_losses, draw_shapes
from training.report.rendering import render_markdown, render_page
from training.report.run_context import RunFacts, headline

if TYPE_CHECKING:
    pass

from training.report.report_files import EXAMPLES, PAGE

MARKDOWN = "report.md"


def write_examples(folder: Path, examples: Sequence[AnswerExample]) -> None:
    document = json.dumps([asdict(example) for example in examples], ensure_ascii=False)
    (folder / EXAMPLES).write_text(storable(document), encoding="utf-8")


def write_report(
    folder: Path, run: RunFacts, judgement: Evaluation | None, verdict: GateVerdict | None
) -> Path:
    """Write the run's report into `folder` (see report_folder) and return its page.

    An older report there is replaced. Raises TwinError when the disk fails.
    """
    scratch = folder.with_name(f".{folder.name}.tmp")
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch.mkdir(mode=0o700)  # it quotes chats
        _fill(scratch, run, judgement, verdict)
        _put(scratch, folder)
    except OSError as error:
        cause = error.strerror or error
        raise TwinError(
            f"{folder}: the report can't be written ({cause}); free some disk space or mend the "
            "folder's permissions"
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder / PAGE


def _fill(
    folder: Path, run: RunFacts, judgement: Evaluation | None, verdict: GateVerdict | None
) -> None:
    if judgement:
        write_examples(folder, judgement.examples)
    losses = draw_losses(folder, run)
    shapes = draw_shapes(folder, judgement) if judgement else []
    markdown = render_markdown(run, judgement, verdict, losses, shapes)
    page = render_page(markdown, f"Run {run.run_id}: {headline(verdict)}", folder)
    for name, text in ((MARKDOWN, markdown), (PAGE, page)):
        (folder / name).write_text(text, encoding="utf-8")


def _put(scratch: Path, folder: Path) -> None:
    """No rename replaces a folder that has files, so the old one steps aside first."""
    aside = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        folder.rename(aside)
    scratch.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)

"""Write the report of a run: complete, or not there."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from storage.atomic_files import replaced_folder
from storage.errors import TwinError
from storage.values import storable
from training.evaluation.scores import AnswerExample, Evaluation, GateVerdict
from training.report.plots import draw_losses, draw_shapes
from training.report.rendering import render_markdown, render_page
from training.report.report_files import EXAMPLES, PAGE
from training.report.run_context import RunFacts, headline

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
    try:
        with replaced_folder(folder, mode=0o700) as scratch:  # it quotes chats
            _fill(scratch, run, judgement, verdict)
    except OSError as error:
        cause = error.strerror or error
        raise TwinError(
            f"{folder}: the report can't be written ({cause}); free some disk space or mend the "
            "folder's permissions"
        ) from error
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

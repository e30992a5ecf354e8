"""Reports on the disk: each is complete, or not there."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from storage.values import storable
from training.evaluation.scores import AnswerExample

if TYPE_CHECKING:
    from twin.config.schema import Config

PAGE = "index.html"
EXAMPLES = "examples.json"


def reports_folder(config: "Config") -> Path:
    return config.path_of("reports")


def dataset_page(config: "Config") -> Path:
    return reports_folder(config) / "dataset.html"


def report_folder(config: "Config", run_id: int) -> Path:
    return reports_folder(config) / f"run-{run_id}"


def report_page(config: "Config", run_id: int) -> Path | None:
    """The page of the run's report, if there is one."""
    page = report_folder(config, run_id) / PAGE
    return page if page.is_file() else None


def write_examples(folder: Path, examples: Sequence[AnswerExample]) -> None:
    document = json.dumps([asdict(example) for example in examples], ensure_ascii=False)
    (folder / EXAMPLES).write_text(storable(document), encoding="utf-8")


class ReportFiles:
    """The reports of a twin, as they are on the disk now: forgetting a chat deletes them."""

    def __init__(self, config: "Config") -> None:
        self._config = config

    def page(self, run_id: int) -> Path | None:
        return report_page(self._config, run_id)

    def examples(self, run_id: int) -> Sequence[AnswerExample]:
        """None for a run whose report is gone, or is older than the file."""
        try:
            file = report_folder(self._config, run_id) / EXAMPLES
            return [AnswerExample(**each) for each in json.loads(file.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            return []

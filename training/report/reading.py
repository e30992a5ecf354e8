"""Reports for whoever shows them elsewhere: where the page lies, and the answers side by side."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from storage.messages import storable
from training.judging.scores import Example
from training.report.place import report_folder, report_page
from twin.config import Config

EXAMPLES = "examples.json"


class ReportFiles:
    """The reports of a twin, as they are on the disk now: forgetting a chat deletes them."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def page(self, run_id: int) -> Path | None:
        return report_page(self._config, run_id)

    def examples(self, run_id: int) -> Sequence[Example]:
        """None for a run whose report is gone, or is older than the file."""
        try:
            file = report_folder(self._config, run_id) / EXAMPLES
            return [Example(**each) for each in json.loads(file.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            return []


def write_examples(folder: Path, examples: Sequence[Example]) -> None:
    document = json.dumps([asdict(example) for example in examples], ensure_ascii=False)
    (folder / EXAMPLES).write_text(storable(document), encoding="utf-8")

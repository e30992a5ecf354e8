import shutil
from pathlib import Path

import pytest

from tests.training.report.made_up import Told
from training.evaluation.scores import AnswerExample
from training.report.report_files import ReportFiles, report_folder, reports_folder
from training.report.run_report import write_report
from twin.config.schema import Config

pytestmark = pytest.mark.slow


def test_answers_are_read_back_as_they_were_said(told: Told, tmp_path: Path) -> None:
    config = Config(path=tmp_path / "config.toml", data=tmp_path)
    reports = ReportFiles(config)
    assert (reports.page(7), reports.examples(7)) == (None, [])
    told.evaluation.examples[:] = [AnswerExample("<b>你好</b>\n", {"person": "a|b", "base": ""})]
    written = write_report(report_folder(config, 7), told.run, told.evaluation, told.verdict)
    assert reports.page(7) == written
    assert reports.examples(7) == told.evaluation.examples
    (written.parent / "examples.json").write_text('[{"other": 1}]')
    assert reports.examples(7) == []
    shutil.rmtree(reports_folder(config))  # as forgetting a chat does
    assert (reports.page(7), reports.examples(7)) == (None, [])

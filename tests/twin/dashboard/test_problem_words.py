"""Whatever the doctor can find has Chinese words with the same values."""

import re
from string import Formatter

import pytest

from storage.reasons import RunEnd
from twin.dashboard.problem_words import CHINESE, NAMES, told
from twin.diagnostics.findings import FINDINGS, Check, problem


def fields(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", FINDINGS)
def test_every_finding_is_told_in_both_languages(code: str) -> None:
    english, chinese = FINDINGS[code], CHINESE[code]
    wanted = fields(english.found, english.remedy)
    assert fields(*chinese) <= wanted
    assert english.name in NAMES
    check = problem(code, **dict.fromkeys(wanted, "x"))
    assert told("en", check) == (f"{check.name}: {check.found}", check.remedy)
    found, remedy = told("zh-CN", check)
    assert found.startswith(NAMES[english.name])
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in (found, remedy))


def test_a_runs_error_is_told_in_chinese_too() -> None:
    error = RunEnd.FEW_SAMPLES.of("3 < 20")
    check = problem("marked_and_failed", adapter="one", run=4, error=error)
    assert error in check.found
    assert "训练样本太少（3 < 20）" in told("zh-CN", check)[0]


def test_without_words_it_stays_english() -> None:
    assert told("zh-CN", Check("gpu", "warn", "hot", "cool it")) == ("gpu: hot", "cool it")

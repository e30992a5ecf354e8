"""Whatever is kept as a code has Chinese words, with the value where there is one."""

import re
import tomllib
from string import Formatter

import pytest

from storage.reasons import BurstReason, Reason, RunEnd, RunReason
from training.dataset.pair_chats import EXCLUDED
from training.dataset.quality.filters import OFFICIAL
from training.dataset.session_pairing import BY_TWIN, OPENING
from training.evaluation.gate_reasons import SENTENCES, verdict_of
from training.evaluation.scores import GateReason
from twin.dashboard import reason_words, verdict_words
from twin.dashboard.reason_words import TOPICS, reason_in
from twin.dashboard.samples_words import CHINESE_REASONS
from twin.dashboard.verdict_words import reasons_in
from twin.replying import guard

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("reason", [*BurstReason, *RunReason, *RunEnd], ids=repr)
def test_every_reason_is_told_in_chinese(reason: Reason) -> None:
    assert ":" not in reason
    words = reason_words.CHINESE[reason]
    assert CHINESE.search(words)
    kept = reason.of("23") if "{}" in words else str(reason)
    assert reason_in("zh-CN", kept) == words.format("23")
    assert reason_in("en", kept) == kept


def test_no_words_are_left_over() -> None:
    assert set(reason_words.CHINESE) == {*BurstReason, *RunReason, *RunEnd}


def test_every_topic_of_the_guard_is_told_in_chinese() -> None:
    rules = tomllib.loads(guard.RULES.read_text("utf-8"))
    named = {rule["name"] for table in ("topic", "reply") for rule in rules[table]}
    assert set(TOPICS) == named | set(guard.FoundKind)
    assert (
        reason_in("zh-CN", BurstReason.WAITS.of(guard.FoundKind.CARD)) == "等待本人处理：银行卡号"
    )


@pytest.mark.parametrize("code", SENTENCES)
def test_every_ground_of_the_gate_is_told_in_chinese(code: str) -> None:
    chinese = verdict_words.CHINESE[code]
    assert CHINESE.search(chinese)
    assert fields(chinese) == fields(SENTENCES[code])
    values = dict.fromkeys(fields(chinese), 0.25)
    verdict = verdict_of(GateReason(code, values))
    kept = {"reasons": verdict.reasons, "grounds": [{"code": code, "values": values}]}
    assert reasons_in("zh-CN", kept) == [chinese.format(**values)]
    assert reasons_in("en", kept) == verdict.reasons


def test_a_verdict_of_another_version_stays_english() -> None:
    assert reasons_in("zh-CN", {"reasons": ["worse"]}) == ["worse"]
    unknown = {"reasons": ["odd"], "grounds": [{"code": "odd", "values": {}}]}
    assert reasons_in("zh-CN", unknown) == ["odd"]
    assert reasons_in("zh-CN", {}) == []


def test_why_a_sample_is_not_learnt_is_told_in_chinese() -> None:
    assert set(CHINESE_REASONS) == {EXCLUDED, OFFICIAL, OPENING, BY_TWIN}
    assert all(CHINESE.search(words) for words in CHINESE_REASONS.values())

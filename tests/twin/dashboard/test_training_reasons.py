"""What the trainer says is told in Chinese too: its own words are looked up."""

import re
from dataclasses import replace

import pytest

from tests.training.report.made_up import made_up
from training.collecting import EXCLUDED
from training.judging.gate import NOTHING_HELD_OUT, decide
from training.judging.scores import Interval
from training.nights import FORGOTTEN, NIGHTLY
from training.quality.unteachable import OFFICIAL
from training.sessions import BY_TWIN, OPENING
from twin.config import Judge
from twin.dashboard.reason_words import reason_in

ENGLISH = re.compile("[a-z]{4,}")


@pytest.mark.parametrize("reason", [NIGHTLY, FORGOTTEN, OPENING, BY_TWIN, OFFICIAL])
def test_what_is_kept_in_english_is_told_in_chinese(reason: str) -> None:
    assert not ENGLISH.search(reason_in("zh-CN", reason))


def test_the_names_of_settings_stay_as_in_the_file() -> None:
    assert reason_in("zh-CN", EXCLUDED) == "已被 [privacy] 排除"
    assert "[dataset] held_out" in reason_in("zh-CN", NOTHING_HELD_OUT)


def test_every_word_of_the_gate_is_told_in_chinese() -> None:
    judgement = made_up().judgement
    bad = replace(
        judgement.scores["candidate"],
        stop_share=0.1,
        repeat_share=0.9,
        copy_share=0.9,
        leak_share=0.9,
        canaries_out=2,
    )
    worse = replace(
        judgement,
        scores={**judgement.scores, "candidate": bad},
        against={"base": Interval(0.1, 0.0, 0.2)},
        strangeness=0.9,
    )
    better = replace(judgement, against=dict.fromkeys(("base", "live"), Interval(-0.2, -0.3, -0.1)))
    verdicts = [decide(one, Judge()) for one in (worse, better)]
    assert [len(verdict.reasons) for verdict in verdicts] == [8, 2]
    for reason in (reason for verdict in verdicts for reason in verdict.reasons):
        assert not ENGLISH.search(reason_in("zh-CN", reason)), reason

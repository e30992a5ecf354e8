"""Learning when the owner answers: made-up owners with a habit, by UTC days."""

import json
import math
import random
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from training.report.rhythm_rows import rhythm_rows
from training.rhythm.answered import answers_in_log, observe
from training.rhythm.figures import calibration, interval_of_area, pinball
from training.rhythm.learn import answers_at_all, learn_rhythm, save_rhythm
from twin.clock import zone_of
from twin.config.load import load_config
from twin.config.schema import Config
from twin.replying.rhythm import RHYTHM, read_rhythm

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MONDAY = 1_760_313_600_000  # 2025-10-13, 00:00 UTC


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    path.write_text('[schedule]\ntimezone = "UTC"\n[paths]\ndata = "."\n')
    return load_config(path)


def log_habit(db: Database, days: int = 40, kind: str = "direct") -> None:
    """The owner answers questions, after 20 s by day and 300 s at night, and leaves the rest."""
    draw = random.Random(1)
    for name in ("ann", "ben"):
        chat = upsert_chat(db, "import", name, name, kind=kind).id
        for day in range(days):
            for hour in range(0, 24, 6):
                at = MONDAY + (day * 24 + hour) * HOUR_MS + draw.randrange(60_000)
                is_question = draw.random() < 0.6
                say(db, chat, "peer", "where are you?" if is_question else "ok then", at)
                if is_question == (draw.random() < 0.95):
                    late_s = (300 if hour < 6 else 20) * draw.uniform(0.8, 1.25)
                    say(db, chat, "owner", "at home", at + round(late_s * 1000))
                    say(db, chat, "owner", "why", at + round((late_s + 3) * 1000))


def say(db: Database, chat: int, origin: str, text: str, at: int, kind: str = "text") -> None:
    message = NewMessage(chat, origin, text, at, kind, source="import:test")  # type: ignore[arg-type]
    log_message(db, message)


@pytest.mark.slow
def test_a_habit_is_learnt_and_foretold_on_later_days(db: Database, config: Config) -> None:
    log_habit(db)
    learnt = learn_rhythm(db, config)
    assert learnt is not None
    figures = learnt.figures
    assert figures is not None
    assert figures.learnt + figures.judged == 320
    assert figures.days == 8
    assert figures.auc > 0.9 > figures.auc_of_chat
    assert figures.auc_low <= figures.auc <= figures.auc_high
    assert figures.calibration_error < 0.15
    assert figures.pinball < 0.7 * figures.pinball_constant
    assert figures.pieces == 2.0
    rhythm, bursts = learnt.rhythm, answers_in_log(db, config)
    questions = [one.burst for one in bursts if one.burst.asks]
    night = next(one for one in questions if one.ended % DAY_MS < HOUR_MS)
    noon = next(one for one in questions if one.ended % DAY_MS > 12 * HOUR_MS)
    zone = zone_of(config.schedule)
    at_night, at_noon = (rhythm.features_of(one, (), zone) for one in (night, noon))
    assert rhythm.delay_s(at_night, 0.5) > 3 * rhythm.delay_s(at_noon, 0.5)
    assert rhythm.gap_s(0.5) == pytest.approx(3)
    document = json.dumps(answers_at_all(learnt), allow_nan=False)
    assert "bins" in document


@pytest.mark.slow
def test_what_is_written_is_what_is_read(db: Database, config: Config, tmp_path: Path) -> None:
    log_habit(db)
    learnt = learn_rhythm(db, config)
    assert learnt is not None
    assert save_rhythm(db, config, tmp_path) == answers_at_all(learnt)
    assert read_rhythm(tmp_path) == learnt.rhythm
    rows = dict(rhythm_rows(answers_at_all(learnt)))
    assert rows["Pieces of an answer"] == "2.0"
    assert rows["Delay of an answer, quartiles"].endswith(" s")


def test_a_chat_that_may_not_be_learnt_from_and_a_group_teach_nothing(
    db: Database, config: Config
) -> None:
    log_habit(db, days=2, kind="group")
    assert answers_in_log(db, config) == []


def test_too_little_to_learn_from(db: Database, config: Config, tmp_path: Path) -> None:
    assert learn_rhythm(db, config) is None
    log_habit(db, days=5)
    assert save_rhythm(db, config, tmp_path) is None
    assert rhythm_rows(None) == []
    assert not (tmp_path / RHYTHM).exists()


def test_who_answers_everything_has_no_figures_that_are_no_numbers(
    db: Database, config: Config
) -> None:
    """All that was left lies in the earlier days: an area needs both."""
    chat = upsert_chat(db, "import", "ann", "ann").id
    for number in range(400):
        at = MONDAY + number * 2 * HOUR_MS
        say(db, chat, "peer", f"hello {number}", at)
        if number > 40:
            say(db, chat, "owner", "hi", at)
    learnt = learn_rhythm(db, config)
    assert learnt is not None
    assert learnt.figures is None
    assert learnt.rhythm.trust is None
    assert all(math.isfinite(weight) for weight in learnt.rhythm.answers.weights)


def test_a_message_of_the_future_does_not_hide_the_others(db: Database, config: Config) -> None:
    log_habit(db, days=3)
    known = answers_in_log(db, config)
    say(db, 1, "peer", "from 2199", 7_226_582_400_000)
    assert set(known) <= set(answers_in_log(db, config))


def test_a_chats_share_stands_still_on_the_judged_days(db: Database, config: Config) -> None:
    log_habit(db, days=10)
    answers, zone = answers_in_log(db, config), zone_of(config.schedule)
    until = MONDAY + 5 * 24 * HOUR_MS
    observed = observe(answers, zone, until)
    before = [one for one in answers if one.burst.ended < until]
    assert sum(chat.bursts for chat in observed.chats.values()) == len(before)
    again = observe(before, zone, until)
    assert observed.everyone == again.everyone
    assert observed.features[: len(before)] == again.features


def test_figures_by_hand() -> None:
    import numpy as np

    answered = np.array([0.0, 1.0] * 10)
    error, bins = calibration(answered, np.full(20, 0.7))
    assert error == pytest.approx(0.2)
    assert sum(one.bursts for one in bins) == 20
    assert interval_of_area(answered, answered, [1, 2] * 10) == (1.0, 1.0)
    assert pinball(np.array([1.0, 3.0]), np.array([2.0, 2.0]), 0.9) == pytest.approx(0.5)

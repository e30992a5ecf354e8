from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.database import open_database
from tests.registry import enter_adapter
from tests.twin.engine.fake_models import FakeModel
from training.dataset.build import Built
from training.dataset.samples import Sample
from training.evaluation import calibration
from training.evaluation.calibration import FEWEST, GRID, Tried, calibrate, nearest
from training.evaluation.judging import Judging
from training.progress_bar import Progress
from twin.config.schema import Config, ReplySettings
from twin.engine.base import Reply
from twin.engine.sampling import Sampling, sampling_of, store_sampling
from twin.prompting.chat_template import Turn

NEAREST, PROMPTS = GRID[2], FEWEST
OWN = ("haha ok", "see you :)", "no idea!", "on my way\nwait for me", "why not?")


class Writer(FakeModel):
    """Writes as the owner where it is sampled as NEAREST, and otherwise not."""

    def generate(self, batch: Sequence[Sequence[Turn]], *how: Any, **seed: Any) -> list[Reply]:
        super().generate(batch, *how, **seed)
        asked = [int(turns[-1]["content"]) for turns in batch]
        same = how[1:3] == (NEAREST.temperature, NEAREST.top_p)
        said = [OWN[at % 5] if same else f"Indeed, I must concur {at}." for at in asked]
        return [Reply(text, 3, True, 0.0) for text in said]


class Words:
    def encode(self, text: str, **_: Any) -> list[int]:
        return [hash(word) for word in text.split()]


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Writer:
    model = Writer("candidate")
    monkeypatch.setattr(calibration, "load_model", lambda *_: model)
    monkeypatch.setattr(calibration, "PROMPTS", PROMPTS)  # enough for the detector, and quick
    monkeypatch.setattr(calibration, "load_tokenizer", lambda _: Words())
    return model


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_database(tmp_path / "twin.db")


def built(held_out: int) -> Built:
    samples = [Sample("", str(at), OWN[at % 5], answered_at=at) for at in range(held_out)]
    return Built([], samples, {}, "")


def calibrated(
    tmp_path: Path, db: Database, held_out: int, **reply: Any
) -> tuple[Config, dict[str, Any] | None]:
    config = Config(path=tmp_path / "config.toml", data=tmp_path, reply=ReplySettings(**reply))
    judging = Judging(Progress(show=False), 1.0)
    return config, calibrate(config, db, built(held_out), tmp_path, live_adapter(db), judging)


def test_the_nearest_to_the_owner_is_kept_with_the_adapter(
    tmp_path: Path, db: Database, writer: Writer
) -> None:
    config, chosen = calibrated(tmp_path, db, 200)
    assert chosen is not None
    assert sampling_of(tmp_path, config.reply) == NEAREST
    assert (chosen["temperature"], chosen["top_p"]) == (NEAREST.temperature, NEAREST.top_p)
    distances = [each["distance"] for each in chosen["tried"]]
    assert min(distances) == distances[2] < 0.1 < sorted(distances)[1]
    asked = {int(text) for batch in writer.batches for text in batch}
    assert asked == set(range(150 - PROMPTS, 150))  # the judge asks for the newest 50


def test_what_the_owner_fixed_is_not_tried_otherwise(
    tmp_path: Path, db: Database, writer: Writer
) -> None:
    calibrated(tmp_path, db, 200, top_p=0.5)
    assert {limits[1:3] for limits in writer.limits} == {(0.7, 0.5), (0.85, 0.5), (1.0, 0.5)}


@pytest.mark.parametrize(("before", "tried"), [(0, GRID[:2]), (2, GRID[1:4]), (4, GRID[3:])])
def test_after_a_live_adapters_way_those_beside_it_are_tried(
    tmp_path: Path, db: Database, writer: Writer, before: int, tried: Sequence[Sampling]
) -> None:
    live = tmp_path / enter_adapter(db, "live").path
    db.execute("UPDATE adapters SET status = 'live'")
    live.mkdir(parents=True)
    store_sampling(live, GRID[before])
    calibrated(tmp_path, db, 200)
    asked = {Sampling(temperature=how[1], top_p=how[2]) for how in writer.limits}
    assert asked == set(tried)


def test_where_no_night_chose_for_the_live_adapter_all_are_tried(
    tmp_path: Path, db: Database, writer: Writer
) -> None:
    enter_adapter(db, "live")
    db.execute("UPDATE adapters SET status = 'live'")
    calibrated(tmp_path, db, 200)
    assert {how[1:3] for how in writer.limits} == {(way.temperature, way.top_p) for way in GRID}


@pytest.mark.parametrize(
    ("held_out", "reply"), [(49 + FEWEST, {}), (200, {"temperature": 0.7, "top_p": 0.9})]
)
def test_with_nothing_to_go_by_or_to_choose_the_usual_stays(
    tmp_path: Path, db: Database, writer: Writer, held_out: int, reply: dict[str, Any]
) -> None:
    config, chosen = calibrated(tmp_path, db, held_out, **reply)
    assert chosen is None
    assert not writer.batches
    assert sampling_of(tmp_path, config.reply) == Sampling().within(config.reply)


def test_a_way_over_a_limit_is_not_taken_however_near() -> None:
    far = Tried(0.7, 0.9, 0.4, 0.8, 0.0, 1.0, ["repeats"])
    near = replace(far, temperature=1.0, distance=0.1, over=["few_ends"])
    middle = replace(far, temperature=0.85, distance=0.3, over=[])
    assert nearest([far, near, middle]) == middle
    assert nearest([far, near]) == far

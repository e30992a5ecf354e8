import json
from dataclasses import replace

import pytest
from sqlite_utils import Database

from storage.adapters import Adapter, find_adapter
from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from training.dataset.build import build
from training.dataset.samples import Sample
from training.run import run_training
from training.warm_start import samples_to_continue_with, to_continue
from twin.config.schema import Config

pytestmark = pytest.mark.slow

DAY = 86_400_000


def going_on(config: Config, **more: object) -> Config:
    values = {"strategy": "continue", **more}
    return config.model_copy(update={"train": config.train.model_copy(update=values)})


@pytest.fixture
def live(chats: Database, config: Config) -> Adapter:
    return find_adapter(chats, run_training(config, chats, "test", show=False)["adapter"])


def sample(at: int) -> Sample:
    return Sample(instruction="", input="", output="", answered_at=at)


def test_it_learns_what_is_new_and_some_of_the_old(live: Adapter) -> None:
    samples = [sample(at) for at in range(100)]
    before = replace(live, trained_until=79)
    chosen = [each.answered_at for each in samples_to_continue_with(samples, before, 0.25, seed=0)]
    assert len(chosen) == 20 + 20
    assert chosen[20:] == list(range(80, 100))
    assert chosen == sorted(set(chosen))
    again = samples_to_continue_with(samples, before, 0.25, seed=0)
    assert [each.answered_at for each in again] == chosen
    assert samples_to_continue_with(samples, before, 1.0, seed=0) == samples


def test_a_run_goes_on_from_the_live_adapter(
    chats: Database, config: Config, live: Adapter
) -> None:
    chat = upsert_chat(chats, "test", "Ann", "Ann").id
    for number in range(30):
        at = DAY + number * 600_000
        log_message(chats, NewMessage(chat, "peer", f"hello {number}", at))
        log_message(chats, NewMessage(chat, "owner", "see you tomorrow :)", at + 1000))
    result = run_training(going_on(config), chats, "test", show=False)
    assert result["continues"] == live.name
    assert result["samples"] < len(build(chats, config).train)
    assert result["loss"] < result["live_loss"] < result["base_loss"]
    assert find_adapter(chats, result["adapter"]).status == "live"


def test_it_begins_at_the_base_where_it_can_not_go_on(
    chats: Database, config: Config, live: Adapter
) -> None:
    assert to_continue(config, chats) is None
    assert to_continue(going_on(config), chats) == live
    assert to_continue(going_on(config, rank=4), chats) is None
    assert to_continue(going_on(config), chats, memory=True) is None  # it learnt without
    of_base = config.path_of(live.path) / "base.json"
    kept = of_base.read_text(encoding="utf-8")
    of_base.write_text(json.dumps({"base": "another", "fingerprint": "0" * 64}), encoding="utf-8")
    assert to_continue(going_on(config), chats) is None
    of_base.write_text(kept, encoding="utf-8")
    chats.execute("UPDATE adapters SET trained_until = NULL")
    assert to_continue(going_on(config), chats) is None


def test_without_a_live_adapter_it_begins_at_the_base(db: Database, config: Config) -> None:
    assert to_continue(going_on(config), db) is None

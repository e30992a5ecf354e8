"""What a night need not ask again, and that it decides as it would have."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.adapters import Adapter
from storage.chats import find_chat
from storage.errors import TwinError
from storage.messages import NewMessage, log_message
from tests.registry import enter_adapter
from tests.tiny import tiny_adapter
from training.artifacts import KEPT_SCORES
from training.dataset.build import build
from training.evaluation import asked_model, generation
from training.evaluation.evaluate import evaluate_models
from training.evaluation.judging import Judging
from training.evaluation.kept_scores import KeptScores, model_digest
from training.evaluation.promotion_gate import decide
from training.forgetting import forget
from training.loss import sample_losses
from training.progress_bar import Progress
from twin.config.schema import Config
from twin.engine.base import Reply
from twin.engine.model import TorchModel, load_torch_model

DAY = 86_400_000


@pytest.fixture
def config(config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr(generation, "GENERAL_TOKENS", 2)
    changes = {"model": {"runtime": "torch"}, "reply": {"max_tokens": 4}, "judge": {"prompts": 2}}
    sections = {name: getattr(config, name).model_copy(update=new) for name, new in changes.items()}
    config.data.mkdir(exist_ok=True)
    return config.model_copy(update=sections)


@pytest.fixture
def live(chats: Database, config: Config) -> Adapter:
    found = enter_adapter(chats, "live")
    tiny_adapter(config.path_of(found.path), config, seed=2)
    return found


@pytest.fixture
def candidate(config: Config) -> Path:
    return tiny_adapter(config.path_of("adapters", "candidate"), config)


def judged(
    db: Database, config: Config, candidate: Path, live: Adapter | None = None, keep: bool = True
) -> dict[str, Any]:
    """As a night judges, and what it decides."""
    with Progress(show=False) as progress:
        built, judging = build(db, config), Judging(progress, 1.0)
        found = evaluate_models(db, config, built, candidate, live, 1, judging, keep=keep)
    return found.document() | {"verdict": decide(found, config.judge).document()}


def test_a_second_night_on_the_same_data_is_judged_alike_with_and_without_them(
    chats: Database,
    config: Config,
    candidate: Path,
    live: Adapter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = config.path_of(KEPT_SCORES)
    first = judged(chats, config, candidate, live)
    assert set(first["scores"]) == {"base", "live", "candidate", "person"}
    file.unlink()
    assert judged(chats, config, candidate, live) == first
    kept = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    loaded = list[Path | None]()

    def load(config: Config, adapter: Path | None) -> TorchModel:
        loaded.append(adapter)
        return load_torch_model(config, adapter)

    monkeypatch.setattr(asked_model, "load_torch_model", load)
    assert judged(chats, config, candidate, live) == first
    assert (loaded, file.read_bytes()) == ([], kept)
    # The candidate is live the night after, and asked nothing again.
    new = tiny_adapter(config.path_of("adapters", "new"), config, seed=3)
    second = judged(chats, config, new, replace(live, path="adapters/candidate"), keep=False)
    assert loaded == [new]
    assert second["scores"]["live"]["loss"] == first["scores"]["candidate"]["loss"]
    assert file.read_bytes() == kept


def test_only_what_is_new_is_asked_and_what_is_no_longer_asked_goes(
    chats: Database, config: Config, candidate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(chats, config, candidate)
    ann = find_chat(chats, "Ann").id
    log_message(chats, NewMessage(ann, "peer", "hello again", DAY))
    log_message(chats, NewMessage(ann, "owner", "see you then :)", DAY + 1))
    asked = list[int]()

    def counted(network: Any, sequences: Sequence[Any], batch_size: int) -> Any:
        asked.append(len(sequences))
        return sample_losses(network, sequences, batch_size)

    monkeypatch.setattr(asked_model, "sample_losses", counted)
    before = KeptScores(config)
    with_them = judged(chats, config, candidate)
    assert asked == []  # the new answer is among those that one of four is chosen for
    after = KeptScores(config)
    assert 0 < len(after.losses.earlier.keys() - before.losses.earlier.keys()) < 10
    assert before.losses.earlier.keys() - after.losses.earlier.keys()
    config.path_of(KEPT_SCORES).unlink()
    without = judged(chats, config, candidate)
    assert with_them["verdict"]["reasons"] == without["verdict"]["reasons"]
    for model in ("base", "candidate"):
        mine, theirs = (each["scores"][model] for each in (with_them, without))
        assert mine == theirs | {"loss": pytest.approx(theirs["loss"], abs=1e-5)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"losses": null}',
        b'{"losses": {"a": ["much", 1]}}',
        b'{"replies": {"a": [{"text": 5}]}}',
    ],
)
def test_what_can_not_be_read_is_as_if_it_were_not_there(config: Config, content: bytes) -> None:
    file = config.path_of(KEPT_SCORES)
    file.write_bytes(content)
    assert KeptScores(config).losses.earlier == {}
    kept = KeptScores(config)
    kept.losses.put("a", (float("nan"), 3))
    kept.replies.put("b", [Reply("hi\n👋", 2, True, 0.5)])
    kept.save()
    again = KeptScores(config)
    assert str(again.losses.earlier) == "{'a': (nan, 3)}"
    assert again.replies.get("b") == [Reply("hi\n👋", 2, True, 0.5)]


def test_a_folder_or_a_huge_file_in_its_place_stops_no_night(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = config.path_of(KEPT_SCORES)
    file.write_bytes(b'{"losses": {"a": [1.0, 1]}}')
    monkeypatch.setattr("training.evaluation.kept_scores.MOST_BYTES", 10)
    assert KeptScores(config).losses.get("a") is None
    file.unlink()
    file.mkdir()
    kept = KeptScores(config)
    kept.losses.put("a", (1.0, 1))
    kept.save()


def test_a_server_that_fails_over_the_live_adapter_does_not_leave_it_out(
    chats: Database,
    config: Config,
    candidate: Path,
    live: Adapter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Served:
        candidates = 1

        def generate(self, *_: object) -> list[Reply]:
            raise TwinError("the server is gone")

    @contextmanager
    def answers(config: Config, adapter: Path | None, here: Callable[[], Any]) -> Iterator[Any]:
        yield Served() if adapter == config.path_of(live.path) else here()

    monkeypatch.setattr(asked_model, "what_answers", answers)
    with pytest.raises(TwinError, match="the server is gone"):
        judged(chats, config, candidate, live)


def test_another_model_is_another_one(config: Config, candidate: Path) -> None:
    def changed(section: str, **values: object) -> str:
        new = getattr(config, section).model_copy(update=values)
        return model_digest(config.model_copy(update={section: new}), candidate)

    other = tiny_adapter(config.path_of("adapters", "other"), config, seed=3)
    digests = [
        model_digest(config, None),
        model_digest(config, candidate),
        model_digest(config, other),
        changed("model", dtype="bfloat16"),
        changed("model", runtime="openvino"),
        changed("model", compress="on"),
        changed("reply", candidates=3),
        changed("reply", max_batch=2),
    ]
    assert len(set(digests)) == len(digests)
    assert changed("model", unload_after_minutes=1.0) == digests[1]
    with pytest.raises(OSError, match="No such file"):
        model_digest(config, config.path_of("adapters", "gone"))


def test_forgetting_a_chat_deletes_them(chats: Database, config: Config) -> None:
    kept = KeptScores(config)
    kept.replies.put("a", [Reply("ostrich", 1, True, 0.1)])
    kept.save()
    outcome = forget(config, find_chat(chats, "Ann").id)
    assert outcome.remains == []
    assert not config.path_of(KEPT_SCORES).exists()

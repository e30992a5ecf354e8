import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._C._distributed_c10d import FileStore, ProcessGroupGloo
from transformers import TrainerCallback

from storage.errors import InputError, TwinError
from tests.tiny import tiny_lora
from training import processes
from training.loss import collate, label_losses
from training.processes import ALONE, Processes, ProcessLostError, how_many, is_left_to_first
from training.trainer import TwinTrainer, training_arguments
from twin.config.schema import Config

pytestmark = pytest.mark.usefixtures("no_torchrun")


@pytest.fixture
def no_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*processes.TOLD_BY_TORCHRUN, "TORCHELASTIC_RUN_ID", "GROUP_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)


def group_of(size: int, folder: Path) -> list[Processes]:
    """The members of a gloo group; threads stand for the processes."""

    def joined(rank: int) -> Processes:
        store = FileStore(str(folder / "store"), size)
        group: Any = ProcessGroupGloo(store, rank, size, timedelta(seconds=60))
        return Processes(group)

    return at_once(joined, range(size))


def at_once(work: Callable[[Any], Any], each: Sequence[Any]) -> list[Any]:
    with ThreadPoolExecutor(len(each)) as pool:
        return list(pool.map(work, each))


class Curve(TrainerCallback):  # type: ignore[misc]
    def __init__(self) -> None:
        self.losses: dict[int, float] = {}

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if "loss" in (logs or {}):
            self.losses[state.global_step] = logs["loss"]


def samples() -> list[dict[str, Any]]:
    """Of many lengths and weights. The last batch is one sequence: not every process has one."""
    rng = random.Random(0)
    made = []
    for _ in range(33):
        length = rng.randint(4, 60)
        ids = [rng.randrange(5, 300) for _ in range(length)]
        first = rng.randint(1, length - 1)
        labels = [-100] * first + ids[first:]
        weight = rng.uniform(0.2, 1.0)
        made.append({"input_ids": ids, "labels": labels, "length": length, "weight": weight})
    return made


def changed(config: Config, **values: object) -> Config:
    return config.model_copy(update={"train": config.train.model_copy(update=values)})


def on_device(config: Config, device: str) -> Config:
    return config.model_copy(update={"model": config.model.model_copy(update={"device": device})})


def trainer_of(config: Config, base: Path, together: Processes) -> tuple[TwinTrainer, Curve]:
    curve = Curve()
    trainer = TwinTrainer(
        label_losses,
        together,
        model=tiny_lora(base),
        args=training_arguments(config, None, None, config.train.batch_size),
        train_dataset=samples(),
        callbacks=[curve],
    )
    return trainer, curve


def weights_of(trainer: TwinTrainer) -> torch.Tensor:
    learnt = [w.detach().flatten() for w in trainer.model.parameters() if w.requires_grad]
    return torch.cat(learnt)


@pytest.mark.parametrize(("size", "accumulation"), [(2, 1), (3, 1)])
def test_several_processes_learn_what_one_does(
    config: Config, tiny_base: Path, tmp_path: Path, size: int, accumulation: int
) -> None:
    changes = {"accumulation": accumulation, "epochs": 3.0, "learning_rate": 1e-3}
    config = changed(config, **changes)
    alone, curve = trainer_of(config, tiny_base, ALONE)
    alone.train()
    assert len(curve.losses) > 1
    several = [trainer_of(config, tiny_base, each) for each in group_of(size, tmp_path)]
    at_once(lambda each: each[0].train(), several)
    for trainer, same in several:
        assert same.losses == pytest.approx(curve.losses, abs=1e-4)
        assert torch.allclose(weights_of(trainer), weights_of(alone), atol=1e-4)
        assert trainer.tokens_seen == alone.tokens_seen
    # Exactly, or they would drift apart.
    assert all(torch.equal(weights_of(each), weights_of(several[0][0])) for each, _ in several)


def test_with_a_part_of_the_base_each_computes_as_many_parts_as_the_others() -> None:
    second = Processes()
    second.rank, second.size = 1, 2
    three = [{"input_ids": [5] * 8, "labels": [5] * 8, "weight": 1.0} for _ in range(3)]
    assert len(second.parts_of(collate(three), tokens=8)) == 1
    second.is_split = True
    mine, nothing = second.parts_of(collate(three), tokens=8)
    assert (mine["weights"].tolist(), nothing["weights"].tolist()) == ([1.0], [0.0])


def test_others_samples_or_settings_are_told(tmp_path: Path) -> None:
    members = group_of(2, tmp_path)

    def check(what: Callable[[int], object]) -> list[str]:
        def told(member: Processes) -> str:
            try:
                member.check_same(["the same", what(member.rank)])
            except TwinError as error:
                return str(error)
            return ""

        return at_once(told, members)

    assert check(lambda rank: "the same") == ["", ""]
    assert all("different samples" in told for told in check(lambda rank: rank))


def test_a_process_that_is_gone_is_told_and_not_waited_for(tmp_path: Path) -> None:
    first, second = group_of(2, tmp_path)
    del second
    with pytest.raises(ProcessLostError, match="another process of this training ended"):
        first.sum(torch.ones(1))


def test_how_many(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    assert how_many(config) == 1
    assert how_many(changed(config, processes=2)) == 2
    several = config.model_copy(
        update={"model": config.model.model_copy(update={"device": "cuda"})}
    )
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert how_many(several) == 4
    assert how_many(changed(several, processes=1)) == 1
    with pytest.raises(InputError, match=r"processes = 5: each needs a GPU.* gives 4"):
        how_many(changed(several, processes=5))
    everywhere = on_device(config, "gpus")
    assert how_many(everywhere) == 4
    in_four_bits = everywhere.model.model_copy(update={"quantize": "4bit"})
    assert how_many(everywhere.model_copy(update={"model": in_four_bits})) == 1
    one = on_device(config, "cuda:1")
    assert how_many(one) == 1
    with pytest.raises(InputError, match="gives 1"):
        how_many(changed(one, processes=2))


def test_torchrun_says_how_many_and_the_first_one_starts_them(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_left_to_first()
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "x")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    assert (how_many(config), is_left_to_first()) == (2, False)
    monkeypatch.setenv("RANK", "1")
    assert is_left_to_first()
    monkeypatch.setenv("GROUP_WORLD_SIZE", "2")
    with pytest.raises(InputError, match="one machine"):
        how_many(config)

"""Share the steps of a training among processes: each computes a part, the gradients are added up.

Every process goes through every step with the same adapter and the same
optimizer, as if it were alone. Only a step's sequences are shared out. So a checkpoint of several
processes is one of a single process too. (Data parallel, as Li et al. 2020, arXiv:2006.15704, but
with one sum a step: a process whose sequences are long needs more passes than another one.)
"""

import hashlib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import distributed
from torch._C._distributed_c10d import FileStore
from torch.distributed import ProcessGroup

from storage.errors import InputError, TwinError
from training.loss import Batch, parts_of
from twin.config.schema import ALL_GPUS, Config
from twin.engine.device import choose_device

log = logging.getLogger(__name__)

# Who waits longer for another process gives up; reading a large base takes minutes.
SILENT_S = 600.0
# What torchrun tells each process. The Trainer would see it and share out the batches its own way.
TOLD_BY_TORCHRUN = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE")


class ProcessLostError(TwinError):
    """Another process of this training ended, or does not answer."""


class Processes:
    """Those of one training, seen from one of them; without a group it is alone."""

    def __init__(self, group: ProcessGroup | None = None, *, is_split: bool = False) -> None:
        self._group = group
        self.is_split = is_split  # each holds a part of the base
        self.rank = 0 if group is None else group.rank()
        self.size = 1 if group is None else group.size()

    @property
    def is_first(self) -> bool:
        """Whether it is the one that writes: curve, checkpoints, adapter."""
        return self.rank == 0

    def parts_of(self, batch: Batch, tokens: int) -> list[Batch]:
        """This process's sequences of a batch, in parts as `parts_of` cuts them; none where there
        are fewer sequences than processes.
        """
        mine = parts_of(self._share_of(batch, self.rank), tokens)
        if self.is_split:  # all compute each part together
            shares = (self._share_of(batch, rank) for rank in range(self.size))
            most = max(len(parts_of(share, tokens)) for share in shares)
            nothing = {name: rows[:1] for name, rows in batch.items()}
            nothing["weights"] = torch.zeros_like(nothing["weights"])
            mine += [nothing] * (most - len(mine))
        return mine

    def _share_of(self, batch: Batch, rank: int) -> Batch:
        return {name: rows[rank :: self.size] for name, rows in batch.items()}

    def sum(self, value: torch.Tensor) -> torch.Tensor:
        """Of all processes."""
        if self._group is not None:
            value = value.detach().clone()
            self._together(lambda group: group.allreduce([value]))
        return value

    def add_up_gradients(self, model: Any) -> None:
        """Give each process the sum of all processes' gradients."""
        if self._group is None:
            return
        learnt = [weights for weights in model.parameters() if weights.requires_grad]
        for weights in learnt:
            if weights.grad is None:  # it had no sequence
                weights.grad = torch.zeros_like(weights)
        gradients = [weights.grad for weights in learnt]
        flat = torch.cat([each.flatten() for each in gradients])
        self._together(lambda group: group.allreduce([flat]))
        pieces = torch.split(flat, [each.numel() for each in gradients])
        for each, summed in zip(gradients, pieces, strict=True):
            each.copy_(summed.view_as(each))

    def check_same(self, what: Iterable[object]) -> None:
        """Raise TwinError unless all processes are about to learn the same."""
        if self._group is None:
            return
        digest = hashlib.blake2b(digest_size=7)
        for each in what:
            digest.update(repr(each).encode("utf-8", "surrogatepass"))
        mine = torch.tensor(int.from_bytes(digest.digest(), "big"), device=_device_of(self._group))
        # Equal numbers alone have a sum that is so many times each of them.
        if int(self.sum(mine)) != self.size * int(mine):
            raise TwinError(
                "[train] processes: they found different samples, settings or adapters to begin "
                "with, as when one of these changes at that moment; start the training again"
            )

    def _together(self, operation: Callable[[ProcessGroup], Any]) -> None:
        assert self._group is not None
        try:
            operation(self._group).wait()
        except RuntimeError as error:  # whatever the backend says, its words are about sockets
            raise ProcessLostError(
                "[train] processes: another process of this training ended, or was silent for "
                f"{SILENT_S / 60:.0f} minutes; start it again: it goes on at its last checkpoint"
            ) from error


ALONE = Processes()


@contextmanager
def joined(config: Config, meeting: Path) -> Iterator[Processes]:
    """Those that torch's launcher started with this one; `meeting` is a file for all of them."""
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    if sys.platform == "linux":  # by default they listen where other machines reach them
        for name in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"):
            os.environ.setdefault(name, "lo")
    distributed.init_process_group(
        "nccl" if choose_device(config.model).startswith("cuda") else "gloo",
        store=FileStore(str(meeting), size),
        rank=rank,
        world_size=size,
        timeout=timedelta(seconds=SILENT_S),
    )
    try:
        yield Processes(distributed.group.WORLD, is_split=config.model.device == ALL_GPUS)
    finally:
        distributed.destroy_process_group()


def how_many(config: Config) -> int:
    """[train] processes, or one for each GPU; the reason is logged.

    Raises InputError for more than there are GPUs.
    """
    wanted, device = config.train.processes, choose_device(config.model)
    gpus = torch.cuda.device_count() if device == "cuda" else 1
    told = _by_torchrun()
    if config.model.device == ALL_GPUS and config.model.quantize != "none":
        count, reason = 1, "weights in 4 bits can't be shared out, their layers lie over all GPUs"
    elif wanted != "auto":
        count, reason = wanted, "set in the config"
    elif told is not None:
        count, reason = told, "torchrun started so many"
    elif device == "cuda":
        count, reason = max(gpus, 1), f"one for each of {gpus} GPUs"
    else:
        count, reason = 1, f"on {device} one uses all of it"
    if count > 1 and device != "cpu" and count > gpus:
        raise InputError(
            f'[train] processes = {count}: each needs a GPU, and [model] device = "{device}" gives '
            f'{gpus}; set processes = "auto"'
        )
    log.info("processes that train: %d, %s", count, reason)
    return count


def forget_torchrun() -> None:
    """Before a Trainer is made, by one process as by several."""
    for name in TOLD_BY_TORCHRUN:
        os.environ.pop(name, None)


def is_left_to_first() -> bool:
    """Whether torchrun started this process beside the first one, which starts its own."""
    return os.environ.get("RANK", "0") != "0" and _by_torchrun() is not None


def _by_torchrun() -> int | None:
    """How many processes torchrun started, if it did. Raises InputError for several machines."""
    if not distributed.is_torchelastic_launched():
        return None
    if os.environ.get("GROUP_WORLD_SIZE", "1") != "1":
        raise InputError(
            "torchrun on several machines: a training is one machine's; start it there alone"
        )
    return int(os.environ.get("WORLD_SIZE", "1"))


def _device_of(group: ProcessGroup) -> str:
    return "cuda" if group.name() == "nccl" else "cpu"

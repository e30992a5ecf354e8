"""Kill one of several training processes by -9 in the middle of a step."""

import os
import signal
from typing import Any

import pytest

from training.train import Learnt, learn
from training.trainer import TwinTrainer


def learn_until_killed(rank: int, step: int, *given: Any) -> Learnt:
    """As `learn`, but the process of that rank ends at that step."""
    config, processes = given[0], given[-1]
    (config.data / f"process-{processes.rank}").write_text(str(os.getpid()))
    if processes.rank == rank:
        real = TwinTrainer.training_step

        def doomed(self: TwinTrainer, *more: Any, **options: Any) -> Any:
            if self.state.global_step == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, *more, **options)

        pytest.MonkeyPatch().setattr(TwinTrainer, "training_step", doomed)
    return learn(*given)

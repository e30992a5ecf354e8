"""Training with a base that is shared out over processes, where there is no GPU."""

from typing import Any

from training.processes import Processes
from training.train import Learnt, learn


def learn_in_parts(*given: Any) -> Learnt:
    """As `learn`, with [model] device = "gpus" but for the GPUs."""
    processes: Processes = given[-1]
    processes.is_split = True
    return learn(*given)

"""Does the gate decide alike in 8 bits? `python -m benchmarks.nights_in_8_bits FOLDER`.

FOLDER is a copy of a data folder with its config.toml. Its held-out answers are cut into ten
nights, the oldest first. On each, the live adapter is the candidate: against the base, and against
itself with a tenth less effect, so that some nights are close. All are scored in full and in 8
bits, as the judge scores them. Prints what each night's loss decides by both.
"""

import argparse
from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from benchmarks.held_out import LiveTwin, live_twin
from training.dataset.encoding import encode
from training.evaluation.promotion_gate import difference
from training.evaluation.scores import Interval
from training.loss import sample_losses
from twin.engine.eight_bits import round_to_8_bits
from twin.engine.model import load_format, load_torch_model

NIGHTS = 10
LESS = 0.1  # of an adapter's effect

Losses = list[tuple[float, int]]


def networks(twin: LiveTwin) -> dict[str, Any]:
    base, live = (load_torch_model(twin.config, path).network for path in (None, twin.adapter))
    weaker = deepcopy(live)
    with torch.no_grad():
        for mine, its in zip(weaker.parameters(), base.parameters(), strict=True):
            mine.lerp_(its, LESS)
    return {"live": live, "base": base, "weaker": weaker}


def scored(twin: LiveTwin, network: Any) -> tuple[Losses, Losses]:
    """Of every held-out answer, in full and in 8 bits."""
    fmt = load_format(twin.config)
    samples = [encode(each, twin.config, fmt) for each in twin.built.held_out]
    full = sample_losses(network, samples, twin.config.train.batch_size)
    round_to_8_bits(network)
    return full, sample_losses(network, samples, twin.config.train.batch_size)


def nights_of(count: int) -> list[range]:
    """`count` answers as ten nights of about as many."""
    ends = [count * night // NIGHTS for night in range(NIGHTS + 1)]
    return [range(begin, end) for begin, end in pairwise(ends)]


def gap(candidate: Losses, other: Losses, night: Sequence[int]) -> Interval:
    found = difference([candidate[at] for at in night], [other[at] for at in night])
    assert found is not None
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    twin = live_twin(parser.parse_args().folder)
    losses = {name: scored(twin, network) for name, network in networks(twin).items()}
    print("| night | against | in full | in 8 bits | better by both |\n|---|---|---|---|---|")
    alike, apart = 0, list[float]()
    for number, night in enumerate(nights_of(len(twin.built.held_out)), start=1):
        for other in ("base", "weaker"):
            gaps = [gap(losses["live"][at], losses[other][at], night) for at in (0, 1)]
            better = [each.high < 0 for each in gaps]
            alike += better[0] == better[1]
            apart.append(abs(gaps[0].difference - gaps[1].difference))
            told = [f"{each.difference:.3f} ({each.low:.3f} to {each.high:.3f})" for each in gaps]
            said = ["no", "yes"][better[0]] if better[0] == better[1] else "**not alike**"
            print(f"| {number} | {other} | {' | '.join(told)} | {said} |")
    print(f"\n{alike} of {len(apart)} decided alike; gaps lie {max(apart):.4f} apart at most")


if __name__ == "__main__":
    main()

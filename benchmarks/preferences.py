"""Learn from pairs instead of samples: `python -m benchmarks.preferences FOLDER`.

FOLDER is a copy of a data folder with its config.toml and a live adapter. A pair is what the owner
wrote in a training sample and what the live adapter says there (self-play, Chen et al. 2024, SPIN,
arXiv:2401.01335), of like length. Each way of learning goes on from the live adapter and is scored
on the held-out answers, as the live adapter is. What is in FOLDER/preferences.json is kept.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any, NamedTuple

import torch
from peft import PeftModel
from torch.nn.functional import logsigmoid

from benchmarks.held_out import HeldOut, LiveTwin, answer, live_twin, losses_of, prompts_of
from benchmarks.sweep import difference_of
from training.artifacts import save_adapter
from training.dataset.encoding import Encoded, encode
from training.dataset.samples import Sample
from training.loss import batch_on, label_losses, mean_loss, sample_losses
from training.speed import speed_up
from twin.config.schema import Config
from twin.engine.device import choose_dtype
from twin.engine.model import load_base, load_format, load_torch_model
from twin.engine.runtime import load_model
from twin.engine.sampling import Sampling

AS_IT_IS = "the live adapter"
HISTORY = 2  # exchanges before the message: a pair costs two sequences
LIKE = 1.25  # times as long at most: otherwise what is learnt is to be longer
PAIRS_A_STEP = 8
LEARNING_RATE = 5e-5
BETA = 2.0  # of log-likelihoods a token; of sums it is 0.1
SEEDS = 2


class Pair(NamedTuple):
    chosen: Encoded
    rejected: Encoded
    reference: tuple[float, float]  # loss a token of both before


Loss = Callable[[torch.Tensor, torch.Tensor, Pair], torch.Tensor]  # of the losses a token


def preferred(chosen: torch.Tensor, rejected: torch.Tensor, pair: Pair) -> torch.Tensor:
    """DPO (Rafailov et al. 2023, arXiv:2305.18290) a token, and the usual loss on the chosen."""
    gained = (pair.reference[0] - chosen) - (pair.reference[1] - rejected)
    return -logsigmoid(BETA * gained) + chosen


def marked(chosen: torch.Tensor, rejected: torch.Tensor, pair: Pair) -> torch.Tensor:
    """As by thumbs, each answer alone: KTO (Ethayarajh et al. 2024, arXiv:2402.01306) with its
    point of reference at the live adapter (APO zero, D'Oosterlinck et al. 2024, arXiv:2408.06266).
    """
    up, down = pair.reference[0] - chosen, pair.reference[1] - rejected
    return torch.sigmoid(-BETA * up) + torch.sigmoid(BETA * down)


def usual(chosen: torch.Tensor, rejected: torch.Tensor, pair: Pair) -> torch.Tensor:
    """The chosen ones once more, as samples."""
    return chosen


WAYS: dict[str, Loss] = {
    "pairs, and the usual loss on the chosen": preferred,
    "thumbs": marked,
    "the usual loss on the chosen alone": usual,
}


def find_pairs(twin: LiveTwin, most: int) -> list[Pair]:
    """Of training samples drawn at random; without those whose lengths differ too much."""
    config, train = twin.config, twin.built.train
    samples = Random(0).sample(list(train), min(3 * most, len(train)))
    found = _said_otherwise(
        twin, [replace(each, history=each.history[-HISTORY:]) for each in samples], most
    )
    network = load_torch_model(config, twin.adapter).network
    losses = [
        total / max(count, 1)
        for total, count in sample_losses(network, [each for pair in found for each in pair], 8)
    ]
    references = zip(losses[::2], losses[1::2], strict=True)
    return [Pair(*pair, before) for pair, before in zip(found, references, strict=True)][:most]


def _said_otherwise(
    twin: LiveTwin, samples: Sequence[Sample], most: int
) -> list[tuple[Encoded, Encoded]]:
    """What the owner and the live adapter say, until there are so many."""
    config, found = twin.config, list[tuple[Encoded, Encoded]]()
    model, fmt = load_model(config, twin.adapter), load_format(config)
    for start in range(0, len(samples), config.reply.max_batch):
        part = samples[start : start + config.reply.max_batch]
        replies = answer(model, config, prompts_of(model, config, part), Sampling(), start)
        for sample, reply in zip(part, replies, strict=True):
            if reply.stopped and _differ(sample, reply.text):
                said = replace(sample, output=reply.text)
                found.append((encode(sample, config, fmt), encode(said, config, fmt)))
        if len(found) >= most:
            break
    return found


def _differ(sample: Sample, text: str) -> bool:
    short, long = sorted((len(sample.output), len(text)))
    return 0 < long <= LIKE * short and text != sample.output


def learn(config: Config, live: Path, pairs: Sequence[Pair], loss: Loss, name: str) -> Path:
    """One pass over the pairs, from the adapter in the folder `live` on; the new one's folder."""
    base = load_base(config, choose_dtype(config.model))
    model: Any = PeftModel.from_pretrained(base, live, is_trainable=True)
    speed_up(model)
    model.train()
    weights = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=LEARNING_RATE, weight_decay=0.0)
    for start in range(0, len(pairs), PAIRS_A_STEP):
        step = pairs[start : start + PAIRS_A_STEP]
        for pair in step:
            losses, sequences = label_losses(model, batch_on(model, pair[:2]))
            chosen, rejected = (losses[sequences == at].mean() for at in (0, 1))
            (loss(chosen, rejected, pair) / len(step)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
    return save_adapter(config, model, name)


def judge(twin: LiveTwin, adapter: Path) -> dict[str, Any]:
    """Losses of the held-out answers, and the scores of single answers to them, of each seed."""
    config = twin.config
    losses = losses_of(load_torch_model(config, adapter), config, twin.built.held_out)
    held_out = HeldOut(twin, adapter)
    drawn = [held_out.answers(Sampling(), seed) for seed in range(SEEDS)]
    return {"losses": losses, "rounds": [asdict(held_out.scores(replies)) for replies in drawn]}


def _one(folder: Path, way: str, most: int) -> dict[str, Any]:
    twin = live_twin(folder)
    if way == AS_IT_IS:
        return judge(twin, twin.adapter) | {"pairs": 0, "seconds": 0}
    pairs = find_pairs(twin, most)
    name = f"preferences-{list(WAYS).index(way)}"
    began = time.process_time()
    adapter = learn(twin.config, twin.adapter, pairs, WAYS[way], name)
    seconds = time.process_time() - began
    return judge(twin, adapter) | {"pairs": len(pairs), "seconds": seconds}


def main(folder: Path, most: int) -> None:
    kept = folder / "preferences.json"
    done: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    spawn = multiprocessing.get_context("spawn")
    for way in (AS_IT_IS, *WAYS):
        if way not in done:
            # The memory that training takes ends with its process.
            with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                done[way] = pool.submit(_one, folder, way, most).result()
            kept.write_text(json.dumps(done), encoding="utf-8")
        print(table(done), flush=True)


def table(done: dict[str, Any]) -> str:
    """Markdown; the differences are to the live adapter."""
    fields = ("length_distance", "pieces_distance", "repeat_share", "stop_share", "characters")
    lines = [
        "| | pairs | held-out loss | difference (95%) | AUC | length | messages | repeats "
        "| ends by itself | characters | processor seconds |",
        f"|{'---|' * 11}",
    ]
    for way, found in done.items():
        before = done[AS_IT_IS]["losses"]
        against = "–" if way == AS_IT_IS else difference_of(found["losses"], before)
        areas = ", ".join(f"{each['detector']:.3f}" for each in found["rounds"])
        means = [f"{fmean(each[field] for each in found['rounds']):.3g}" for field in fields]
        lines.append(
            f"| {way} | {found['pairs']} | {mean_loss(found['losses']):.3f} | {against} | {areas} "
            f"| {' | '.join(means)} | {found['seconds']:.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preferences", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=256)
    given = parser.parse_args()
    main(given.folder, given.pairs)

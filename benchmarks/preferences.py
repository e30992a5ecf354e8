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

from benchmarks.sweep import difference_of
from storage.adapters import Adapter, live_adapter
from storage.database import open_database
from training.artifacts import save_adapter
from training.dataset.build import Built, build
from training.dataset.encoding import Encoded, encode, prompt_of
from training.dataset.samples import Sample
from training.evaluation.comparison import Scorer
from training.evaluation.generation import ModelOutput, losses_of, repeats
from training.loss import batch_on, label_losses, mean_loss, sample_losses
from training.speed import speed_up
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.device import choose_dtype
from twin.engine.model import load_base, load_format, load_tokenizer, load_torch_model
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


def find_pairs(config: Config, built: Built, live: Adapter, most: int) -> list[Pair]:
    """Of training samples drawn at random; without those whose lengths differ too much."""
    model, fmt = load_model(config, config.path_of(live.path)), load_format(config)
    drawn, chance = Sampling(), Random(0)
    samples = chance.sample(list(built.train), min(3 * most, len(built.train)))
    samples = [replace(each, history=each.history[-HISTORY:]) for each in samples]
    found: list[tuple[Encoded, Encoded]] = []
    for start in range(0, len(samples), config.reply.max_batch):
        part = samples[start : start + config.reply.max_batch]
        prompts = [prompt_of(each, fmt, config.reply.context_tokens) for each in part]
        replies = model.generate(
            prompts, config.reply.max_tokens, drawn.temperature, drawn.top_p, start
        )
        for sample, reply in zip(part, replies, strict=True):
            if reply.stopped and _differ(sample, reply.text):
                said = replace(sample, output=reply.text)
                found.append((encode(sample, config, fmt), encode(said, config, fmt)))
        if len(found) >= most:
            break
    network = load_torch_model(config, config.path_of(live.path)).network
    losses = [
        total / max(count, 1)
        for total, count in sample_losses(network, [each for pair in found for each in pair], 8)
    ]
    references = zip(losses[::2], losses[1::2], strict=True)
    return [Pair(*pair, before) for pair, before in zip(found, references, strict=True)][:most]


def _differ(sample: Sample, text: str) -> bool:
    short, long = sorted((len(sample.output), len(text)))
    return 0 < long <= LIKE * short and text != sample.output


def learn(config: Config, live: Adapter, pairs: Sequence[Pair], loss: Loss, name: str) -> Path:
    """One pass over the pairs; the adapter's folder."""
    base = load_base(config, choose_dtype(config.model))
    model: Any = PeftModel.from_pretrained(base, config.path_of(live.path), is_trainable=True)
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


def judge(config: Config, built: Built, adapter: Path) -> dict[str, Any]:
    """Losses of the held-out answers, and the scores of single answers to them, mean of seeds."""
    db, tokenizer = open_database(config.database), load_tokenizer(config)
    losses = losses_of(load_torch_model(config, adapter), config, built.held_out)
    model, drawn = load_model(config, adapter), Sampling()
    scorer = Scorer(db, built, built.held_out, friends=())
    prompts = [
        prompt_of(each, model.format, config.reply.context_tokens) for each in built.held_out
    ]
    size, rounds = config.reply.max_batch, []
    for seed in range(SEEDS):
        replies = [
            reply
            for start in range(0, len(prompts), size)
            for reply in model.generate(
                prompts[start : start + size],
                config.reply.max_tokens,
                drawn.temperature,
                drawn.top_p,
                100_000 * seed + start,
            )
        ]
        again = [repeats(tokenizer, reply.text) for reply in replies]
        rounds.append(asdict(scorer.of_model(ModelOutput(losses, replies, again, 0, None, 0.0))))
    return {"losses": losses, "rounds": rounds}


def _one(folder: Path, way: str, most: int) -> dict[str, Any]:
    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    live = live_adapter(db)
    if live is None:
        raise SystemExit(f"{folder}: no adapter is live")
    built = build(db, config).as_shown_to(live)
    if way == AS_IT_IS:
        return judge(config, built, config.path_of(live.path)) | {"pairs": 0, "seconds": 0}
    pairs = find_pairs(config, built, live, most)
    began = time.process_time()
    adapter = learn(config, live, pairs, WAYS[way], f"preferences-{list(WAYS).index(way)}")
    seconds = time.process_time() - began
    return judge(config, built, adapter) | {"pairs": len(pairs), "seconds": seconds}


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
        "| | pairs | held-out loss | difference (95 %) | AUC | length | messages | repeats "
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

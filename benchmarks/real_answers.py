"""Ask which of four answers is the real one, far apart and near: `python -m benchmarks.real_answers
FOLDER`.

FOLDER is a copy of a data folder with its config.toml and a live adapter. Base and live adapter
choose at every held-out message between the real answer and three of the owner's others: of other
conversations, whose subject gives the real one away, or of the same conversation outside of what
is shown, where only what fits the moment tells.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
from scipy.stats import bootstrap

from benchmarks.held_out import live_twin
from training.dataset.samples import Sample
from training.evaluation.asked_model import AskedModel
from training.evaluation.candidates import LIKE, OTHERS, Place, find_places
from training.evaluation.four import Choice, choose, four_score, right_share
from training.evaluation.kept_scores import KeptScores
from training.evaluation.style import heard


def near_places(held_out: Sequence[Sample], learnt: Sequence[Sample]) -> list[Place]:
    """Three others of the same conversation, the nearest in length; held-out ones first."""
    places = []
    for at, real in enumerate(held_out):
        chance, found = Random(f"near {at}"), dict[str, str]()
        shown = {heard(answer) for _, answer in real.history} | {heard(real.output)}
        for part in (held_out, learnt):
            fitting = [each.output for each in part if _is_near(each, real)]
            chance.shuffle(fitting)
            for text in sorted(fitting, key=lambda text: abs(len(text) - len(real.output))):
                if heard(text) not in shown:
                    found.setdefault(heard(text), text)
        if len(found) >= OTHERS:
            places.append(Place(at, tuple(found.values())[:OTHERS], ()))
    return places


def _is_near(other: Sample, real: Sample) -> bool:
    short, long = sorted((len(other.output), len(real.output)))
    is_same = (other.chat_id, other.conversation) == (real.chat_id, real.conversation)
    return is_same and long <= LIKE * short


def main(folder: Path) -> None:
    config, _, adapter, built = live_twin(folder)
    kinds = {
        "other conversations": find_places(built, len(built.held_out)),
        "the same conversation": near_places(built.held_out, built.train),
    }
    conversations = {(each.chat_id, each.conversation) for each in built.held_out}
    print(f"{len(built.held_out)} held-out messages of {len(conversations)} conversations\n")
    print("| others of | model | by gain | by mean | n |\n|---|---|---|---|---|")
    chosen: dict[tuple[str, str], list[Choice]] = {}
    for name, path in (("base", None), ("live", adapter)):
        model = AskedModel(config, path, KeptScores(config))
        for kind, places in kinds.items():
            choices = choose(model, config, built.held_out, places)
            chosen[kind, name] = choices
            score = four_score([each.own for each in choices])
            if score is not None:
                print(
                    f"| {kind} | {name} | {score.gain:.0%} ({score.low:.0%}–{score.high:.0%}) "
                    f"| {score.mean:.0%} ({score.mean_low:.0%}–{score.mean_high:.0%}) "
                    f"| {score.n} |",
                    flush=True,
                )
    for kind in kinds:
        print(f"\n{kind}: live − base {_difference(chosen[kind, 'live'], chosen[kind, 'base'])}")


def _difference(mine: Sequence[Choice], theirs: Sequence[Choice]) -> str:
    """Of the shares by gain, on the same messages, with its paired bootstrap interval of 95%."""
    gaps = np.array([_right(a) - _right(b) for a, b in zip(mine, theirs, strict=True) if a.own])
    interval = bootstrap(
        (gaps,), np.mean, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return f"{gaps.mean():+.1%} ({interval.low:+.1%} to {interval.high:+.1%})"


def _right(choice: Choice) -> float:
    return right_share([gain for _, gain in choice.own])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_answers", description=__doc__)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)

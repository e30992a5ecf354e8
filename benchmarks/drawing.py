"""Draw a live adapter's words in several ways and compare: `python -m benchmarks.drawing FOLDER`.

FOLDER is a copy of a data folder with its config.toml. All held-out messages are answered in each
way, by the likeliest a token of each of --candidates, for each of --seeds; the table has the means
of the seeds, and the classifier's area of each. What is in FOLDER/drawing.json is not drawn again.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

from storage.adapters import live_adapter
from storage.database import open_database
from training.dataset.build import build
from training.dataset.encoding import prompt_of
from training.evaluation.calibration import GRID, distance
from training.evaluation.comparison import Scorer
from training.evaluation.generation import ModelOutput, repeats
from twin.config.load import load_config
from twin.engine.model import load_tokenizer
from twin.engine.runtime import load_model
from twin.engine.sampling import Sampling

COLUMNS = {
    "length": "length_distance",
    "messages": "pieces_distance",
    "punctuation": "punctuation_distance",
    "lower case": "case_distance",
    "repeats": "repeat_share",
    "ends by itself": "stop_share",
    "characters": "characters",
    "distance": "distance",
    "processor seconds": "seconds",
}


def main(folder: Path, ways: Sequence[Sampling], seeds: int, counts: Sequence[int]) -> None:
    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    live = live_adapter(db)
    if live is None:
        raise SystemExit(f"{folder}: no adapter is live")
    built = build(db, config).as_shown_to(live)
    model, tokenizer = load_model(config, config.path_of(live.path)), load_tokenizer(config)
    scorer = Scorer(db, built, built.held_out, friends=())
    prompts = [
        prompt_of(each, model.format, config.reply.context_tokens) for each in built.held_out
    ]
    kept = folder / "drawing.json"
    done: dict[str, list[dict[str, Any]]] = json.loads(kept.read_text()) if kept.exists() else {}
    for seed in range(seeds):
        for way in ways:
            for count in counts:
                found = done.setdefault(_name(way, count), [])
                if len(found) > seed:
                    continue
                began = time.process_time()
                replies = []
                for start in range(0, len(prompts), config.reply.max_batch):
                    part = prompts[start : start + config.reply.max_batch]
                    first = 100_000 * seed + start
                    replies += model.generate(
                        part, config.reply.max_tokens, way.temperature, way.top_p, first, count
                    )
                seconds = time.process_time() - began
                again = [repeats(tokenizer, reply.text) for reply in replies]
                scores = scorer.of_model(ModelOutput([], replies, again, 0, None, 0.0))
                found.append(asdict(scores) | {"distance": distance(scores), "seconds": seconds})
                kept.write_text(json.dumps(done), encoding="utf-8")
                print(f"{_name(way, count)}: {scores.detector:.3f}", flush=True)
    person = scorer.of_person([repeats(tokenizer, each.output) for each in built.held_out])
    print(table(done, asdict(person)))


def _name(way: Sampling, count: int) -> str:
    many = "one answer" if count == 1 else f"likeliest of {count}"
    return f"{way.temperature}, {way.top_p}, {many}"


def table(drawn: dict[str, list[dict[str, Any]]], person: dict[str, Any]) -> str:
    """Markdown: means of the seeds, and the area of each."""
    lines = [f"| | AUC | {' | '.join(COLUMNS)} |", f"|---|---|{'---|' * len(COLUMNS)}"]
    for name, found in drawn.items():
        areas = ", ".join(f"{each['detector']:.3f}" for each in found)
        lines.append(f"| {name} | {areas} | {' | '.join(_means(found))} |")
    own = [f"{person[key]:.3g}" if person.get(key) is not None else "–" for key in COLUMNS.values()]
    return "\n".join([*lines, f"| the person | – | {' | '.join(own)} |"])


def _means(found: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{fmean(each[key] for each in found):.3g}" for key in COLUMNS.values()]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drawing", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--candidates", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--ways", nargs="+", metavar="TEMPERATURE,TOP_P", help="default: a night's")
    given = parser.parse_args()
    named = [way.split(",") for way in given.ways or []]
    ways = [Sampling(temperature=float(first), top_p=float(second)) for first, second in named]
    main(given.folder, ways or GRID, given.seeds, given.candidates)

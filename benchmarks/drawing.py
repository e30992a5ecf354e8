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
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.held_out import HeldOut, live_twin
from training.evaluation.calibration import GRID, distance
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
    twin = live_twin(folder)
    held_out = HeldOut(twin, twin.adapter)
    kept = folder / "drawing.json"
    done: dict[str, list[dict[str, Any]]] = json.loads(kept.read_text()) if kept.exists() else {}
    for seed, way, count in product(range(seeds), ways, counts):
        found = done.setdefault(_name(way, count), [])
        if len(found) > seed:
            continue
        found.append(_draw(held_out, way, count, seed))
        kept.write_text(json.dumps(done), encoding="utf-8")
        print(f"{_name(way, count)}: {found[-1]['detector']:.3f}", flush=True)
    print(table(done, asdict(held_out.person())))


def _draw(held_out: HeldOut, way: Sampling, count: int, seed: int) -> dict[str, Any]:
    began = time.process_time()
    replies = held_out.answers(way, seed, count)
    seconds = time.process_time() - began
    scores = held_out.scores(replies)
    return asdict(scores) | {"distance": distance(scores), "seconds": seconds}


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

"""`make bench`: the blog recipe and ours on the same model and samples, in one run.

Every entry runs in a process of its own, one after the other, in turn over several rounds, so
that a machine whose speed drifts is as kind to the one as to the other.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent
# entry → the one it is compared with, within the same round
COMPARED = {
    "train_recipe": "train_recipe",
    "train_recipe_without_checkpointing": "train_recipe",
    "train_ours": "train_recipe",
    "answer_recipe_base": "answer_recipe_base",
    "answer_recipe_adapter": "answer_recipe_base",
    "answer_ours_base": "answer_recipe_base",
    "answer_ours_adapter": "answer_recipe_adapter",
    "answer_ours_batch": "answer_recipe_adapter",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=96, help="a multiple of 16")
    parser.add_argument("--json", action="store_true", help="print every single figure")
    parser.add_argument("--entry", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.entry:
        _run_entry(given.entry[0], Path(given.entry[1]))
        return
    with tempfile.TemporaryDirectory(prefix="twin-bench-") as folder:
        rounds = _contest(Path(folder), given.rounds, given.samples)
    if given.json:
        print(json.dumps(rounds))
    else:
        _print_table(rounds, given.samples)


def _contest(folder: Path, rounds: int, samples: int) -> list[dict[str, dict[str, float]]]:
    from benchmarks.work import prepare

    prepare(folder, samples)
    results = []
    # The first round warms the disk cache, makes the adapter, and is not counted.
    for number in range(rounds + 1):
        results.append({name: _measured(name, folder) for name in sorted(COMPARED, key=_order)})
        print(f"round {number} of {rounds}", file=sys.stderr)
    return results[1:]


def _order(name: str) -> bool:
    return name.startswith("answer")  # needs an adapter, so training comes first


def _measured(name: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks", "--entry", name, str(folder)]
    ended = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return result


def _run_entry(name: str, folder: Path) -> None:
    from benchmarks.contenders import ENTRIES
    from benchmarks.work import config_of
    from twin.engine.quiet import quiet

    quiet()
    result = ENTRIES[name](config_of(folder))
    print(json.dumps(result | {"peak_gb": _peak_gb()}))


def _peak_gb() -> float:
    """The process's largest memory so far, in GB; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e9 if sys.platform == "darwin" else peak * 1024 / 1e9


def _print_table(rounds: list[dict[str, dict[str, float]]], samples: int) -> None:
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "peft"))
    print(f"{platform.machine()}, Python {platform.python_version()}, {packages}")
    print(f"{samples} samples, {len(rounds)} rounds; median (least to most)\n")
    print("| entry | tokens/s | peak GB | speed-up | over |")
    print("|---|---|---|---|---|")
    for name, other in COMPARED.items():
        speeds = [_speed(each[name]) for each in rounds]
        ratios = [_speed(each[name]) / _speed(each[other]) for each in rounds]
        peak = median(each[name]["peak_gb"] for each in rounds)
        print(f"| {name} | {_spread(speeds, 0)} | {peak:.1f} | {_spread(ratios, 2)} | {other} |")


def _speed(result: dict[str, float]) -> float:
    return result["tokens"] / result["seconds"]


def _spread(values: list[float], digits: int) -> str:
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    main()

"""Measure a log of a million messages: `python -m benchmarks.scale FOLDER [--messages N]`.

Writes a made-up history into FOLDER, imports it, searches it and builds the dataset, again after a
day's new messages; for comparison plain `executemany` of the same rows and the recipe's pairing.
Every step runs in a process of its own; prints seconds, processor seconds and peak memory.
"""

import argparse
import json
import os
import platform
import sqlite3
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Usage, measure_process, spread

CHEAP = ("import_history", "plain", "indexed", "pair_as_the_recipe", "pair_as_we_do")
LONG = ("triggered", "import_again")
COMPARED = (
    *(("import_history", other) for other in ("plain", "indexed", "triggered")),
    ("pair_as_we_do", "pair_as_the_recipe"),
)
QUICK = ("search", "chats", "status", "chats_list")


def main(folder: Path, messages: int, rounds: int, only: list[str]) -> None:
    results: dict[str, list[Usage]] = {}

    def step(name: str) -> None:
        if not only or name.split(":")[0] in only:
            results.setdefault(name, []).append(_run(name.split(":")[0], folder, messages))
            print(
                f"{name}: {json.dumps(asdict(results[name][-1]), ensure_ascii=False)}", flush=True
            )

    if not (folder / "exports").exists():
        _run("write", folder, messages)
    for _ in range(rounds):
        for name in CHEAP:
            step(name)
    for name in LONG:
        step(name)
    for _ in range(rounds):
        for name in QUICK:
            step(name)
    for name in ("build", "import_news", "build:after the news", "build:with nothing new"):
        step(name)
    _print(results, messages)


def _run(name: str, folder: Path, messages: int) -> Usage:
    if name in ("status", "chats_list"):
        command = [*name.split("_"), "--json", "--config", str(folder / "config.toml")]
        return measure_process(["bot.py", *command], reads_json=False)
    arguments = [str(folder), f"--messages={messages}", "--do", name]
    return measure_process(["-m", "benchmarks.scale", *arguments])


def _print(results: dict[str, list[Usage]], messages: int) -> None:
    print(f"\n{messages:,} messages; {platform.machine()}, {os.cpu_count()} cores, Python "
          f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}")  # fmt: skip
    print("\n| step | s | processor s | peak MB | rounds |\n|---|---|---|---|---|")
    for name, runs in results.items():
        seconds = spread([run.output.get("seconds", run.seconds) for run in runs])
        processor = spread(
            [run.output.get("processor_seconds", run.processor_seconds) for run in runs]
        )
        peak = max(run.peak_mb for run in runs)
        print(f"| {name} | {seconds} | {processor} | {peak:.0f} | {len(runs)} |")
    for ours, theirs in COMPARED:
        if ours in results and theirs in results:
            pairs = list(zip(results[ours], results[theirs], strict=False))
            for clock in ("seconds", "processor_seconds"):
                ratios = [one.output[clock] / other.output[clock] for one, other in pairs]
                print(f"\n{ours} / {theirs}, {clock}, within a round: {spread(ratios)}")


def _do(name: str, folder: Path, messages: int) -> None:
    from benchmarks import scale_steps

    result = (
        scale_steps.write(folder, messages) if name == "write" else scale_steps.STEPS[name](folder)
    )
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3, help="of the steps that take seconds")
    parser.add_argument("--only", nargs="*", default=[], metavar="STEP")
    parser.add_argument("--do", metavar="STEP", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.do:
        _do(given.do, given.folder, given.messages)
    else:
        main(given.folder.resolve(), given.messages, given.rounds, given.only)

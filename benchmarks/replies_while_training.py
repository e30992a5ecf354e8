"""Measure replies while training: `python -m benchmarks.replies_while_training CONFIG`.

CONFIG is the file of a trained twin; the trainer works on a copy of its folder, started as the bot
starts it. The same messages are answered one at a time without the trainer, while it runs, and
without it again; in the pause before each message the trainer has the cores to itself.
"""

import argparse
import asyncio
import itertools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from storage.adapters import live_adapter
from storage.database import open_database
from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.local import LocalEngine
from twin.prompting.chat_template import Turn

MESSAGES = (
    "hey",
    "how are you?",
    "what did you do today",
    "lol",
    "are you coming tomorrow or not?",
)
PAUSE_S = 3.0  # before each message
NIGHT = "2026-01-10"  # a run of a night goes after replies, one that somebody waits for does not


async def main(config_file: Path, replies: int) -> None:
    config = load_config(config_file)
    db = open_database(config.database)
    live = live_adapter(db)
    engine = LocalEngine(config)
    await engine.start(live.name if live else None, config.path_of(live.path) if live else None)
    await _measure(engine, 5)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "twin"
        shutil.copytree(config.path.parent, copy)
        alone = await _measure(engine, replies)
        during, steps = await _measure_while_training(
            engine, load_config(copy / config.path.name), replies
        )
        again = await _measure(engine, replies)
    await engine.stop()
    for name, seconds in (("alone", alone), ("while training", during), ("alone again", again)):
        print(f"{name}: {_quantiles(seconds)}")
    ratio = _p95(during) / _p95([*alone, *again])
    print(f"p95 while training / alone: {ratio:.2f}; the trainer made {steps} steps meanwhile")


async def _measure_while_training(
    engine: LocalEngine, config: Config, replies: int
) -> tuple[list[float], int]:
    options = process_options() | {"stderr": subprocess.DEVNULL}
    db = open_database(config.database)
    last = db.execute("SELECT COALESCE(MAX(id), 0) FROM training_runs").fetchone()[0]
    trainer = await asyncio.create_subprocess_exec(
        *trainer_command(config.path, "benchmark", NIGHT), **options
    )

    def step() -> int:
        sql = "SELECT COALESCE(MAX(step), 0) FROM training_metrics WHERE run_id > ?"
        return int(db.execute(sql, [last]).fetchone()[0])

    try:
        await _wait_for(lambda: step() > 0, trainer)
        before = step()
        seconds = await _measure(engine, replies)
        return seconds, step() - before
    finally:
        if trainer.returncode is None:
            trainer.kill()
        await trainer.wait()


async def _wait_for(condition: Callable[[], bool], trainer: asyncio.subprocess.Process) -> None:
    while not condition():
        if trainer.returncode is not None:
            raise SystemExit("the trainer ended before it trained")
        await asyncio.sleep(0.5)


async def _measure(engine: LocalEngine, count: int) -> list[float]:
    """Seconds per token of each reply."""
    seconds = []
    for text in itertools.islice(itertools.cycle(MESSAGES), count):
        turns: list[Turn] = [
            {"role": "system", "content": "You are Sam."},
            {"role": "user", "content": text},
        ]
        await asyncio.sleep(PAUSE_S)
        started = time.perf_counter()
        reply = await engine.reply(turns)
        seconds.append((time.perf_counter() - started) / max(reply.tokens, 1))
    return seconds


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def _quantiles(seconds: list[float]) -> str:
    return (
        f"{len(seconds)} replies, ms per token: median {median(seconds) * 1000:.0f}, "
        f"p95 {_p95(seconds) * 1000:.0f}, max {max(seconds) * 1000:.0f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.replies_while_training", description=__doc__
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("--replies", type=int, default=30)
    given = parser.parse_args()
    asyncio.run(main(given.config, given.replies))

"""Swap adapters while chats go on: `python -m benchmarks.adapter_swaps DATA ADAPTER…`.

DATA is the config file of a trained twin, ADAPTER names of its registry; the base is one more.
Replies are greedy, in float32. Prints replies lost, replies that are not token for token what their
adapter says alone, the time of a swap and of the replies meanwhile.
"""

import argparse
import asyncio
from pathlib import Path
from statistics import median

from storage.adapters import find_adapter
from storage.database import open_database
from tests.twin.engine.swapping import SwapResult, alone, chat_through_swaps
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.local import LocalEngine


def main(config_file: Path, names: list[str], swaps: int, chats: int) -> None:
    config = load_config(config_file)
    db = open_database(config.database)
    paths: list[Path | None] = [config.path_of(find_adapter(db, name).path) for name in names]
    config, paths = greedy(config), [*paths, None]
    expected = alone(config, paths)
    print_swaps(asyncio.run(chat_through_swaps(LocalEngine(config), expected, paths, swaps, chats)))


def greedy(config: Config) -> Config:
    """The likeliest words, few, in float32 and full weights: the same for one chat as for eight."""
    reply = config.reply.model_copy(update={"temperature": 0.0, "max_tokens": 12})
    model = config.model.model_copy(update={"dtype": "float32", "compress": "off"})
    return config.model_copy(update={"reply": reply, "model": model})


def print_swaps(result: SwapResult) -> None:
    """Times in three lines."""
    print(f"{len(result.swaps)} swaps, {result.asked} replies asked, {result.answered} answered, "
          f"{len(result.wrong)} wrong")  # fmt: skip
    during = result.replies[len(result.before) :]
    kinds = (("a swap", result.swaps), ("a reply", during), ("a reply before them", result.before))
    for what, seconds in kinds:
        ordered = sorted(seconds)
        p95 = ordered[int(len(ordered) * 0.95)]
        print(f"{what} in ms: median {median(ordered) * 1000:.0f}, "
              f"p95 {p95 * 1000:.0f}, max {ordered[-1] * 1000:.0f}")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adapter_swaps", description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("adapters", nargs="+")
    parser.add_argument("--swaps", type=int, default=200)
    parser.add_argument("--chats", type=int, default=8)
    given = parser.parse_args()
    main(given.config, given.adapters, given.swaps, given.chats)

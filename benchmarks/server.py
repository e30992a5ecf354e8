"""How fast a server answers for a twin: `python -m benchmarks.server CONFIG URL [ADAPTER…]`.

CONFIG is the settings file of a twin whose [model] base the server has, ADAPTER names of its
registry. The key is TWIN_ENGINE_KEY; of [engine] the rest counts. Asked is as the bot asks: by its
engine, each chat one reply after the other. Prints tokens a second, the first answer (to a prompt
that the server has not seen), and with adapters how long a swap takes and whether one reply was
lost or made by two.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.adapter_swaps import greedy, print_swaps
from storage.adapters import find_adapter
from storage.database import open_database
from tests.twin.engine.swapping import alone_by, chat_through_swaps
from twin.config.engine_section import server_address
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.base import Engine, Limits, Reply
from twin.engine.server.engine import ServerEngine
from twin.prompting.chat_template import Turn

ANSWER_TOKENS = 48
EARLIER = 8  # messages before the one to answer: a prompt of some 250 tokens
PATIENCE_S = 600.0  # a slow server is measured too
SWAPS, SWAP_CHATS = 20, 8


@dataclass(frozen=True, slots=True)
class Speed:
    """`chats` at once; `first`: the answer to the first prompt; times in seconds."""

    chats: int
    first: float
    replies: Sequence[float]
    tokens_per_s: float


def main(config: Config, names: Sequence[str], chats: Sequence[int], rounds: int) -> None:
    db = open_database(config.database)
    paths = [config.path_of(find_adapter(db, name).path) for name in names]
    speeds = asyncio.run(_speeds(config, paths, chats, rounds))
    print("| chats at once | first answer, s | a reply, median, s | p95, s | tokens/s |")
    print("|---|---|---|---|---|")
    for each in speeds:
        ordered = sorted(each.replies)
        print(
            f"| {each.chats} | {each.first:.2f} | {median(ordered):.2f} | "
            f"{ordered[int(len(ordered) * 0.95)]:.2f} | {each.tokens_per_s:.0f} |"
        )
    if paths:
        asyncio.run(_swaps(greedy(config), [*paths, None]))


async def _speeds(
    config: Config, paths: Sequence[Path], chats: Sequence[int], rounds: int
) -> list[Speed]:
    engine = ServerEngine(config)
    path = paths[0] if paths else None
    await engine.start(path.name if path else None, path)
    await engine.reply(_turns("warm up"), Limits(2, 0.0))
    speeds = [await _speed(engine, count, rounds) for count in chats]
    await engine.stop()
    return speeds


async def _speed(engine: Engine, chats: int, rounds: int) -> Speed:
    began = time.perf_counter()
    answered = await asyncio.gather(
        *(_chat(engine, f"{chats} chats, number {number}", rounds) for number in range(chats))
    )
    seconds = time.perf_counter() - began
    replies = [one for chat in answered for one in chat]
    times = [took for took, _ in replies]
    tokens = sum(reply.tokens for _, reply in replies)
    return Speed(chats, answered[0][0][0], times, tokens / seconds)


async def _chat(engine: Engine, what: str, rounds: int) -> list[tuple[float, Reply]]:
    answered = []
    for at in range(rounds):
        began = time.perf_counter()
        reply = await engine.reply(_turns(f"{what}, message {at}"), Limits(ANSWER_TOKENS, 1.0))
        answered.append((time.perf_counter() - began, reply))
    return answered


def _turns(text: str) -> list[Turn]:
    """Another prompt from its first words on, so that the server has no part of it."""
    turns: list[Turn] = [{"role": "system", "content": f"You answer as Sam does. {text}."}]
    for at in range(EARLIER):
        said = f"{text}: are you there at {at} o'clock, or is it too late for you by then?"
        turns.append({"role": "assistant" if at % 2 else "user", "content": said})
    turns.append({"role": "user", "content": "And what did you do all day? Tell me everything."})
    return turns


async def _swaps(config: Config, adapters: Sequence[Path | None]) -> None:
    engine = ServerEngine(config)
    await engine.start()
    expected = await alone_by(engine, adapters)
    await engine.stop()
    print_swaps(
        await chat_through_swaps(ServerEngine(config), expected, adapters, SWAPS, SWAP_CHATS)
    )


def _asking(config: Config, url: str, most: int) -> Config:
    """The twin, answered by that server, with so many requests at once."""
    engine = config.engine.model_copy(
        update={"server": server_address(url), "timeout_seconds": PATIENCE_S}
    )
    reply = config.reply.model_copy(update={"max_batch": most})
    return config.model_copy(update={"engine": engine, "reply": reply})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("url")
    parser.add_argument("adapters", nargs="*")
    parser.add_argument("--chats", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=4, help="replies in each chat")
    given = parser.parse_args()
    asking = _asking(load_config(given.config), given.url, max(given.chats))
    main(asking, given.adapters, given.chats, given.rounds)

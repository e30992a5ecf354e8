"""Attack a running bot beside an honest friend: `python -m benchmarks.attacks`.

The bot is `bot.py run` with the packaged model; the attackers (`benchmarks/attackers.py`) are a
process of their own. Prints how long the friend waited for an answer beyond the time that the model
took, without and with the attacks, and the bot's memory before, during and after.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.friend_tab import FriendTab
from benchmarks.measure import PROJECT
from storage.database import open_database
from storage.invites import create_invite
from storage.keys import create_key
from tests.ports import free_port
from twin.config.load import load_config

SETTINGS = """\
[web]
port = {port}
[schedule]
enabled = false
[policy]
quiet_hours = ""
max_per_chat_hour = 100000
max_per_day = 100000
loop_replies = 100000
[reply]
quiet_seconds = 0
chars_per_second = 10000
max_tokens = 24
[model]
prefix_cache_mb = 16
"""
WAIT_S = 120.0
WARM = 4
BETWEEN_S = 1.0
SETTLE_S = 45.0  # pages that nobody opened are kept for 30


@dataclass
class Measured:
    """Of each answer, the seconds beyond the model's; memory in MB (10^6 bytes)."""

    beyond_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)

    def waited(self) -> str:
        beyond = sorted(self.beyond_s)
        return f"{median(beyond):.2f} s, worst {beyond[-1]:.2f} s ({len(beyond)} answers)"


class Bot:
    """A bot in a folder of its own, with two friends."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url, self._config = f"http://127.0.0.1:{port}", folder / "config.toml"
        self._config.write_text(SETTINGS.format(port=port), encoding="utf-8")
        self._log = folder / "log"
        db = open_database(load_config(self._config).database)
        self.honest, _ = create_invite(db, "Ann")
        self.hostile, _ = create_invite(db, "Eve")
        key, _ = create_key(db, "benchmark", "manage")
        self.http = httpx.AsyncClient(
            base_url=self.url, timeout=WAIT_S, headers={"Authorization": f"Bearer {key}"}
        )
        db.close()

    @asynccontextmanager
    async def run(self) -> AsyncIterator[psutil.Process]:
        with self._log.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, PROJECT / "bot.py", "run", "--config", self._config,
                stdout=log, stderr=log, cwd=PROJECT,
            )  # fmt: skip
        try:
            await self._up()
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            await process.wait()

    async def _up(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while True:
                with suppress(httpx.HTTPError):
                    if "twin_live_adapter_info" in (await self.http.get("/metrics")).text:
                        return
                await asyncio.sleep(0.2)

    async def metrics(self) -> dict[str, float]:
        families = text_string_to_metric_families((await self.http.get("/metrics")).text)
        return {
            sample.name + "".join(sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }

    async def model_s(self) -> float:
        """Seconds that the model has computed since the start."""
        return (await self.metrics())["twin_generation_seconds_sum"]

    def log_bytes(self) -> int:
        return self._log.stat().st_size


async def ask(bot: Bot, tab: FriendTab, text: str) -> float:
    """Seconds that the friend waited, less those that the model computed meanwhile."""
    computed, began = await bot.model_s(), time.perf_counter()
    status = await tab.say(text)
    assert status == 200, f"the message was refused: {status}"
    async with asyncio.timeout(WAIT_S):
        await tab.reply()
    waited = time.perf_counter() - began
    return waited - (await bot.model_s() - computed)


async def measure(bot: Bot, process: psutil.Process, answers: int) -> Measured:
    measured = Measured()
    honest = httpx.AsyncClient(base_url=bot.url, headers={"Origin": bot.url}, timeout=WAIT_S)
    async with honest, FriendTab(honest, bot.url, bot.honest) as tab:
        for number in range(answers):
            beyond = await ask(bot, tab, f"how was day {number}?")
            print(f"answered {beyond:.2f} s after the model", file=sys.stderr)
            measured.beyond_s.append(beyond)
            measured.memory_mb.append(process.memory_info().rss / 1e6)
            await asyncio.sleep(BETWEEN_S)
    return measured


async def attack(bot: Bot, process: psutil.Process, answers: int) -> tuple[Measured, str]:
    """What the friend meets meanwhile, and how often each attack was made."""
    attackers = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.attackers", bot.url, bot.hostile,
        stdout=asyncio.subprocess.PIPE, cwd=PROJECT, preexec_fn=lambda: os.nice(5),
    )  # fmt: skip
    await asyncio.sleep(5)  # until they are all there
    try:
        measured = await measure(bot, process, answers)
    finally:
        attackers.terminate()
        made, _ = await attackers.communicate()
    return measured, made.decode().strip()


async def main(answers: int) -> None:
    with tempfile.TemporaryDirectory(prefix="twin-attacks-") as folder:
        bot = Bot(Path(folder))
        async with bot.run() as process:
            await measure(bot, process, WARM)
            alone = await measure(bot, process, answers)
            attacked, made = await attack(bot, process, answers)
            lag = await bot.metrics()
            await asyncio.sleep(SETTLE_S)
            after = process.memory_info().rss / 1e6
        print(f"attacks made: {made}")
        before = max(alone.memory_mb)
        print(f"beyond the model's time, alone: {alone.waited()}")
        print(f"beyond the model's time, attacked: {attacked.waited()}")
        print(
            f"memory: {before:.0f} MB before, {max(attacked.memory_mb):.0f} MB at most, "
            f"{after:.0f} MB {SETTLE_S:.0f} s later"
        )
        print(
            f"event loop: late by {lag['twin_loop_lag_seconds0.99'] * 1000:.0f} ms (p99), "
            f"{lag['twin_loop_lag_seconds1'] * 1000:.0f} ms at most"
        )
        print(f"log: {bot.log_bytes() / 1e3:.0f} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description=__doc__)
    parser.add_argument("--answers", type=int, default=20, help="how many the friend asks for")
    asyncio.run(main(parser.parse_args().answers))

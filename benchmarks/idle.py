"""Measure an idle bot's processor time and memory: `python -m benchmarks.idle [--seconds N]
[--accounts]`.

Starts the real bot on a folder of its own with the packaged base, asks it once through the API,
waits until the model is unloaded, and asks again. Prints its share of one core with no page open
and with each of the owner's pages open in Chromium, its memory with and without the model, and the
time of the first answer after that. `--accounts`: beside the friends' page it is connected to
Telegram, Matrix, QQ and WeChat, the far sides of the tests.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlite_utils import Database

from benchmarks.accounts import PLATFORMS, four_accounts
from benchmarks.measure import PROJECT
from storage.chats import upsert_chat
from storage.database import now_ms, open_database
from storage.keys import create_key
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision
from storage.owner_sessions import start_session
from tests.chromium import chromium
from tests.ports import free_port
from twin.dashboard.auth.middleware import COOKIE
from twin.dashboard.auth.password import PasswordFile

PAGES = ("/", "/chats", "/chats/1", "/training", "/drafts")
CHATS, MESSAGES = 60, 40
UNLOAD_MINUTES = 0.5
TIMEOUT_S = 300.0
PAGE_LOADS_S = 5.0  # in which a page reads what it reads once


@dataclass(frozen=True, slots=True)
class RunningBot:
    process: psutil.Process
    log: Path
    address: str
    key: str
    session: str

    def memory(self) -> str:
        used = self.process.memory_full_info()
        return f"{used.rss / 1e6:.0f} MB resident, {used.uss / 1e6:.0f} MB of its own"

    def ask(self) -> float:
        """Seconds until one short answer."""
        asked = {"model": "twin", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}
        request = urllib.request.Request(
            f"{self.address}/v1/chat/completions",
            json.dumps(asked).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        started = time.perf_counter()
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):
            return time.perf_counter() - started

    def wait_for_line(self, words: str) -> None:
        ends = time.monotonic() + TIMEOUT_S
        while words not in " ".join(self.log.read_text("utf-8").split()):
            if time.monotonic() > ends or not self.process.is_running():
                raise SystemExit(f"the bot never said '{words}': see {self.log}")
            time.sleep(0.5)


def main(seconds: float, accounts: bool) -> None:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        sections = opened.enter_context(four_accounts(folder)) if accounts else ""
        bot = opened.enter_context(_running(folder, sections))
        if accounts:
            _wait_until_connected(folder)
            print(f"connected to {', '.join(PLATFORMS)}: {bot.memory()}")
        print(f"the first answer: {bot.ask():.2f} s; the next: {bot.ask():.2f} s")
        print(f"with the model: {bot.memory()}")
        bot.wait_for_line("the model is unloaded")
        time.sleep(1)  # its memory goes back in the engine's thread
        print(f"without it: {bot.memory()}")
        asyncio.run(_print_shares(bot, seconds))
        print(f"the first answer after it: {bot.ask():.2f} s; the next: {bot.ask():.2f} s")
        print(f"with the model again: {bot.memory()}")


async def _print_shares(bot: RunningBot, seconds: float) -> None:
    print(f"share of one core over {seconds:g} s, no page open: {await _share(bot, seconds)}")
    async with chromium() as browser:
        context = await browser.new_context()
        cookie = {"name": COOKIE, "value": bot.session, "url": bot.address}
        await context.add_cookies([cookie])  # type: ignore[list-item]
        page = await context.new_page()
        await page.goto(bot.address)  # brings scripts and styles along
        for path in PAGES:
            await page.goto(bot.address + path)
            await page.wait_for_selector("main h1")
            await asyncio.sleep(PAGE_LOADS_S)
            print(f"with {path} open: {await _share(bot, seconds)}")


async def _share(bot: RunningBot, seconds: float) -> str:
    before, started = bot.process.cpu_times(), time.perf_counter()
    await asyncio.sleep(seconds)
    after, passed = bot.process.cpu_times(), time.perf_counter() - started
    used = after.user - before.user + after.system - before.system
    return f"{used / passed:.2%}"


@contextmanager
def _running(folder: Path, sections: str) -> Iterator[RunningBot]:
    port = free_port()
    (folder / "config.toml").write_text(
        f'paths.data = "."\nweb.port = {port}\nmodel.unload_after_minutes = {UNLOAD_MINUTES}\n'
        + sections,
        encoding="utf-8",
    )
    PasswordFile(folder).set("a password of this run")
    db = open_database(folder / "twin.db")
    _fill(db)
    key, session = create_key(db, "idle")[0], start_session(db, now_ms())
    db.conn.close()
    command = [sys.executable, "bot.py", "run", "--config", str(folder / "config.toml")]
    log = folder / "log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=output)
    try:
        bot = RunningBot(psutil.Process(process.pid), log, f"http://127.0.0.1:{port}", key, session)
        _wait_until_it_serves(bot)
        yield bot
    finally:
        process.terminate()
        process.wait()


def _fill(db: Database) -> None:
    """Chats with messages and a decision each."""
    now = now_ms()
    for number in range(CHATS):
        chat = upsert_chat(db, "web", f"friend {number}", f"Friend {number}")
        for nth in range(MESSAGES):
            message = NewMessage(chat.id, "peer", f"message {nth}", sent_at=now - nth * 60_000)
            last = log_message(db, message)
        assert last is not None
        record_decision(db, chat.id, last, "mode is log")


def _wait_until_it_serves(bot: RunningBot) -> None:
    ends = time.monotonic() + TIMEOUT_S
    while True:
        try:
            urllib.request.urlopen(bot.address, timeout=5).close()
            return
        except OSError as error:
            # It refuses requests without a session; while the model is loaded, all of them.
            if isinstance(error, urllib.error.HTTPError) and error.code != 503:
                return
            if time.monotonic() > ends or not bot.process.is_running():
                raise SystemExit(f"the bot does not serve:\n{bot.log.read_text('utf-8')}") from None
            time.sleep(0.5)


def _wait_until_connected(folder: Path) -> None:
    db, ends = open_database(folder / "twin.db"), time.monotonic() + TIMEOUT_S
    while True:
        rows = db.execute("SELECT platform FROM presence WHERE logged_in").fetchall()
        missing = {*PLATFORMS} - {platform for (platform,) in rows}
        if not missing:
            return
        if time.monotonic() > ends:
            raise SystemExit(f"not connected: {missing}\n{(folder / 'log').read_text('utf-8')}")
        time.sleep(0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--accounts", action="store_true")
    given = parser.parse_args()
    main(given.seconds, given.accounts)

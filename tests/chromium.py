"""Debian's Chromium, driven by Playwright: one for all tests of a process, a context for each."""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright._impl.connection import Connection
from playwright._impl.utils.tasks import wait_for_next_task
from playwright.async_api import Browser

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="needs the program chromium (Debian: apt-get install chromium)"
)
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Ends with whoever holds the other end of its input, however that comes to its end.
UNTIL_LEFT_ALONE = '"$@" & read -r _; kill 0'
_servers: list[subprocess.Popen[str]] = []  # held, or their input would be closed


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser; its contexts are closed at the end.

    `async_playwright` starts a Node.js for each event loop, which takes 0.4 s of a processor and
    only hands the same messages on to the Chromium that is served.
    """
    async with aiohttp.ClientSession() as http, http.ws_connect(_address(), max_msg_size=0) as pipe:
        connection = Connection(asyncio.get_running_loop())
        connection.mark_as_remote()
        waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        connection.onmessage = waiting.put_nowait
        tasks = [
            asyncio.create_task(_write(pipe, waiting)),
            asyncio.create_task(_read(pipe, connection)),
        ]
        try:
            playwright = await connection.initialize_playwright()
            yield Browser(playwright._pre_launched_browser())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _write(
    pipe: aiohttp.ClientWebSocketResponse, waiting: asyncio.Queue[dict[str, Any]]
) -> None:
    while True:
        await pipe.send_json(await waiting.get())


async def _read(pipe: aiohttp.ClientWebSocketResponse, connection: Connection) -> None:
    try:
        async for message in pipe:
            connection.dispatch(message.json())
            await wait_for_next_task()  # as Playwright's own transport
    finally:
        connection.close()  # whoever waits for an answer is told


@cache
def _address() -> str:
    """Of the Chromium that serves this process. Starting one takes as long as most tests."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as options:
        json.dump({"executablePath": CHROMIUM, "args": ARGS}, options)
    launch = ["-m", "playwright", "launch-server", "--browser=chromium", "--config", options.name]
    server = subprocess.Popen(
        ["sh", "-c", UNTIL_LEFT_ALONE, "sh", sys.executable, *launch],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _servers.append(server)
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    Path(options.name).unlink()
    if not address:
        raise RuntimeError(f"{CHROMIUM} did not start; run it with {' '.join(ARGS)}")
    return address

"""Debian's Chromium, driven by Playwright: one for all tests of a process, a context for each."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

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
    """The browser; its contexts are closed at the end."""
    address = _address()
    async with async_playwright() as driver:
        browser = await driver.chromium.connect(address)
        try:
            yield browser
        finally:
            await browser.close()


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

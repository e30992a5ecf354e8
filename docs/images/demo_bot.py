"""A real bot on the demo's folder, for the pictures."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.ports import free_port
from training.demo.prepare import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
START_S, STOP_S, POLL_S = 300, 60, 0.2
# A picture is of the usual page, and words alone find what the memory shows.
MORE = """
[web]
port = {port}
[memory]
enabled = true
embeddings = ""
"""


def write_settings(folder: Path, more: str = MORE) -> str:
    """The demo's settings and `more`, on a free port; the address."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    (folder / "config.toml").write_text(SETTINGS + more.format(port=port), encoding="utf-8")
    return f"http://127.0.0.1:{port}"


@asynccontextmanager
async def bot(command: list[str], address: str) -> AsyncIterator[None]:
    """`bot.py COMMAND` from when its pages answer to the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bot.py"), *command, cwd=ROOT, process_group=0
    )
    try:
        await _answers(address, process)
        yield
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
            await asyncio.wait_for(process.wait(), STOP_S)


async def _answers(address: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_S), httpx.AsyncClient(verify=False) as http:
        while process.returncode is None:
            try:
                await http.get(f"{address}/healthz")
                return
            except httpx.TransportError:
                await asyncio.sleep(POLL_S)
    raise RuntimeError(f"bot.py ended with exit code {process.returncode}")

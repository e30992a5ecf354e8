"""Real servers in processes of their own."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.ports import free_port

START_TRIES = 1200


class Program:
    """A server in a process of its own."""

    def __init__(self, command: Sequence[str], port: int) -> None:
        self._command, self._port = command, port
        self.url = f"http://127.0.0.1:{port}"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until it listens."""
        offline = os.environ | {"HF_HUB_OFFLINE": "1"}
        self._process = await asyncio.create_subprocess_exec(*self._command, env=offline)
        for _ in range(START_TRIES):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            await asyncio.sleep(0.1)
        raise TimeoutError(self._command[0])

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def transformers_serve(base: str) -> AsyncIterator[str]:
    """Its address, while it serves that base."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "transformers"), "serve", base]
    program = Program(
        [*command, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"], port
    )
    await program.start()
    try:
        yield program.url
    finally:
        await program.kill()

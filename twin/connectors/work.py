"""What a connector works at in `run`, until it ends or `stop` is called."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from storage.errors import TwinError
from storage.texts import Text
from twin.connectors.base import Status


async def _nothing() -> None: ...


async def until_one_ends(name: str, *parts: Coroutine[Any, Any, object]) -> None:
    """Do all at once, as tasks of that name, and cancel the others when one has ended.

    Raises what the first of them, in their order, failed with.
    """
    tasks = [asyncio.create_task(part, name=name) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task in done:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Work:
    """One at a time. It notes in `status` that it has stopped.

    failed: is called when it failed, and notes that and why in another way than usual.
    """

    def __init__(
        self, name: str, status: Status, failed: Callable[[Exception], None] | None = None
    ) -> None:
        self._name, self._status, self._failed = name, status, failed or self._note
        self._stopping, self._ended = asyncio.Event(), asyncio.Event()
        self._ended.set()

    async def until_stopped(
        self, work: Coroutine[Any, Any, None], close: Callable[[], Awaitable[None]] = _nothing
    ) -> None:
        """Raises what it fails with. `close` is called last, before `stop` returns."""
        self._stopping.clear()
        self._ended.clear()
        try:
            await until_one_ends(self._name, work, self._stopping.wait())
            self._status.state = "stopped"
        except asyncio.CancelledError:
            self._status.state = "stopped"
            raise
        except Exception as error:  # boundary: it is raised again
            self._failed(error)
            raise
        finally:
            try:
                await close()
            finally:
                self._ended.set()

    def _note(self, error: Exception) -> None:
        ended = Text("ended by {cause}", cause=type(error).__name__)
        self._status.last_error = error.message if isinstance(error, TwinError) else ended
        self._status.state = "failed"

    async def stop(self) -> None:
        """Harmless when nothing runs."""
        self._stopping.set()
        await self._ended.wait()

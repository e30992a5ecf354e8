"""uvicorn that ends at once: its own looks ten times a second whether it is to end."""

import asyncio
from types import ModuleType

import uvicorn.server

SHORTER = 10


def quick_servers() -> None:
    """From now on all servers of this process look more often. Harmless when called again."""
    quick = ModuleType("asyncio")
    vars(quick).update(vars(asyncio) | {"sleep": _nap})
    vars(uvicorn.server)["asyncio"] = quick


async def _nap(seconds: float) -> None:
    await asyncio.sleep(seconds / SHORTER)

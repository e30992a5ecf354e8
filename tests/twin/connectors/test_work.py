"""What a connector works at until it ends; test_contract.py has the rest."""

import asyncio

import pytest

from storage.errors import TwinError
from twin.connectors.base import Status
from twin.connectors.work import Work


async def test_stop_returns_when_all_is_closed_even_where_closing_fails() -> None:
    status, closed = Status(), asyncio.Event()
    work = Work("test", status, lambda error: None)

    async def close() -> None:
        await closed.wait()
        raise TwinError("it hangs")

    running = asyncio.create_task(work.until_stopped(asyncio.sleep(3600), close))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(work.stop())
    await asyncio.wait({stopping}, timeout=0.01)
    assert not stopping.done()
    closed.set()
    async with asyncio.timeout(5):
        await stopping
    with pytest.raises(TwinError, match="it hangs"):
        await running
    assert status.state == "stopped"


async def test_a_failure_is_noted_before_anything_is_closed() -> None:
    told: list[str] = []
    work = Work("test", Status(), lambda error: told.append(str(error)))

    async def fail() -> None:
        raise TwinError("refused")

    async def close() -> None:
        told.append("closed")

    with pytest.raises(TwinError, match="refused"):
        await work.until_stopped(fail(), close)
    assert told == ["refused", "closed"]


@pytest.mark.parametrize(
    ("error", "said"), [(TwinError("refused"), "refused"), (KeyError("x"), "ended by KeyError")]
)
async def test_why_it_failed_is_told(error: Exception, said: str) -> None:
    status = Status("running")

    async def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        await Work("test", status).until_stopped(fail())
    assert (status.state, status.last_error) == ("failed", said)

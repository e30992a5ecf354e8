"""What is found out once for all pages."""

import asyncio

from tests.twin.fakes import FakeTime
from twin.dashboard.shared_look import FRESH_S, SharedLook


async def test_however_many_ask_it_is_found_out_once_a_minute() -> None:
    time, found = FakeTime(), iter(range(9))
    shared = SharedLook(lambda: next(found), time.clock)
    assert tuple(await asyncio.gather(shared.look(), shared.look())) == (0, 0)
    time.seconds += FRESH_S
    assert await shared.look() == 0
    time.seconds += 1
    assert await shared.look() == 1

"""Errors that nobody waits for."""

import asyncio
import logging

import pytest

from twin.web.stray_errors import MOST, WINDOW_S, StrayErrors


async def test_each_is_a_line_and_many_are_a_few(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    now = 0.0
    handler = StrayErrors(lambda: now)

    def fail() -> None:
        handler(asyncio.get_running_loop(), {"message": "m", "exception": ValueError("a secret")})

    for _ in range(MOST + 5):
        fail()
    assert len(caplog.messages) == MOST
    assert "ValueError" in caplog.messages[0]
    assert "secret" not in caplog.text
    now = WINDOW_S
    fail()
    assert "5 more were not told" in caplog.messages[-1]

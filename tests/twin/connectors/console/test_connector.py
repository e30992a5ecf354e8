"""The terminal as a chat."""

from pathlib import Path

import pytest

from tests.twin.connectors.console.platform import platform
from tests.twin.connectors.running import Events, kept_running, until
from twin.connectors.base import Event, MessageReceived


async def test_a_line_that_could_not_be_logged_is_told_again(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    events = Events()
    refused: list[Event] = []

    def refuse_once(event: Event) -> bool:
        is_first = isinstance(event, MessageReceived) and not refused
        refused.extend([event] * is_first)
        return is_first

    events.refuse = refuse_once
    async with platform(tmp_path, request) as made:
        async with kept_running(made.connector, events.emit):
            await made.say("one")
            await made.say("two")
            await until(lambda: len(texts_of(events)) == 2)
        assert texts_of(events) == ["one", "two"]


def texts_of(events: Events) -> list[str]:
    return [event.text for event in events.all if isinstance(event, MessageReceived)]

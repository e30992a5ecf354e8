"""A push service that keeps what it was handed, and answers what a test wants."""

import asyncio
import json
from collections import deque
from typing import Any

from storage.push_devices import Subscription
from tests.twin.push.fake_service import FakeBrowser
from twin.push.server_key import ServerKey
from twin.push.service import Outcome, PushService, Urgency


class RecordingService(PushService):
    """`told`: (the device's endpoint, what it shows), in order. Nothing is taken before `gate`."""

    def __init__(self) -> None:
        super().__init__("")
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.urgencies: list[str] = []
        self.outcomes: deque[Outcome] = deque()
        self.gate: asyncio.Event | None = None

    @property
    def lines(self) -> list[str]:
        return [shown["body"] for _, shown in self.told]

    async def send(
        self,
        key: ServerKey,
        subscription: Subscription,
        content: bytes,
        *,
        kind: str,
        urgency: Urgency,
        now: int,
    ) -> Outcome:
        self.told.append((subscription.endpoint, json.loads(content)))
        self.urgencies.append(urgency)
        if self.gate is not None:
            await self.gate.wait()
        return self.outcomes.popleft() if self.outcomes else Outcome("taken")


def subscription(name: str) -> Subscription:
    made = FakeBrowser().subscription
    return Subscription(f"https://push.example/{name}", made.p256dh, made.auth)

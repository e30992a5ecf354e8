"""Encrypted messages that come before their keys."""

from typing import Any

from nio import AsyncClient, MegolmEvent

from twin.clock import Clock

WAIT_FOR_KEYS_S = 60.0


class LateKeys:
    """Holds messages back for a while, in memory. `given_up`: how many were never read."""

    def __init__(self, client: AsyncClient, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._waiting: list[tuple[float, str, Any]] = []
        self._lost: set[str] = set()  # sessions whose keys did not come in time
        self.given_up = 0

    def __bool__(self) -> bool:
        """Whether any is held back."""
        return bool(self._waiting)

    def hold_back(self, room_id: str, event: Any) -> bool:
        """Whether the event waits from now on."""
        if not isinstance(event, MegolmEvent) or self._client.olm is None:
            return False
        if event.session_id in self._lost:
            self.given_up += 1
            return False
        self._waiting.append((self._clock.monotonic() + WAIT_FOR_KEYS_S, room_id, event))
        return True

    def due(self) -> list[tuple[str, Any]]:
        """(the room, the message) of what can be read now, or never will be: still encrypted."""
        now, found, waiting = self._clock.monotonic(), [], []
        for until, room_id, event in self._waiting:
            event.room_id = room_id
            read = self._client.olm and self._client.olm._decrypt_megolm_no_error(event)
            if read:
                found.append((room_id, read))
            elif now < until:
                waiting.append((until, room_id, event))
            else:
                found.append((room_id, event))
                self._lost.add(event.session_id)
                self.given_up += 1
        self._waiting = waiting
        return found

"""How far a run over the past is, and how long the rest takes."""

from twin.clock import Clock
from twin.connectors.base import MessageReceived
from twin.connectors.history import PastEvent
from twin.imports.history_report import HistoryProgress, Watch

_LEAST = 2  # chats that must be done before the others can be estimated by them


class Estimate:
    """By the chats that are done; where `since` is given, also by how far back a chat is read.

    `chats`: how many there are. Platforms do not say how many messages there will be.
    """

    def __init__(self, watch: Watch, clock: Clock, since: int, until: int) -> None:
        self.chats = 0
        self._watch, self._clock, self._began = watch, clock, clock.monotonic()
        self._since, self._until = since, until
        self._done = 0

    def chat_is_done(self, name: str) -> None:
        self._done += 1
        self.tell(name)

    def tell(self, name: str, messages: int = 0, event: PastEvent | None = None) -> None:
        """`messages`: of the chat that is being read, of which `event` came just now."""
        share, left_s = self._share(event), None
        done = self._done + share
        if share or self._done >= _LEAST:
            left_s = (self._clock.monotonic() - self._began) / done * (self.chats - done)
        self._watch(HistoryProgress(name, messages, self._done, self.chats, left_s))

    def _share(self, event: PastEvent | None) -> float:
        """How much of a chat is read, as far as it is known where its past ends."""
        if not self._since or not isinstance(event, MessageReceived):
            return 0
        whole = max(1, self._until - self._since)
        return min(1, max(0, (self._until - event.sent_at) / whole))

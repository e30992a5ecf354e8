"""What the bot has to remember of its one conversation: how far it has read, what it may send."""

import asyncio
import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from twin.clock import Clock
from twin.connectors.ilink.account import FOLDER, keep

log = logging.getLogger(__name__)

# After each message of the owner. Tencent documents neither; its users measured the first, and its
# maintainers named the second (Tencent/openclaw-weixin, issues 81, 156 and 185).
MOST_SENDS = 10
OPEN_MS = 24 * 3_600_000
REMIND_MS = 23 * 3_600_000
_HEARD = 50  # messages that may come again


class _State(BaseModel):
    """`cursor`: up to where WeChat's messages are on our disk; `context_token`: of the owner's last
    message, without which nothing is sent; `written_at`: when that was, in UTC milliseconds."""

    model_config = ConfigDict(strict=True)

    bot_id: str = ""
    cursor: str = ""
    context_token: str = Field(default="", repr=False)
    written_at: int = 0
    sent: int = 0
    reminded: bool = False
    heard: list[str] = []


class Conversation:
    """Kept in a file; whoever changes it calls `save`."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._path, self._clock = data / FOLDER / "conversation.json", clock
        self._saving = asyncio.Lock()
        self._state = self._load()

    def _load(self) -> _State:
        try:
            return _State.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return _State()
        except (OSError, ValidationError):
            # WeChat shows again what it has, and the log knows what it has already.
            log.warning("%s: can't be read; it is begun anew", self._path)
            return _State()

    async def save(self) -> None:
        """Raises TwinError."""
        async with self._saving:  # the later state is written later
            await asyncio.to_thread(keep, self._path, self._state.model_copy())

    def begin(self, bot_id: str) -> None:
        """Another bot knows nothing of what was said to the one before."""
        if self._state.bot_id != bot_id:
            self._state = _State(bot_id=bot_id)

    @property
    def cursor(self) -> str:
        return self._state.cursor

    @property
    def context_token(self) -> str:
        return self._state.context_token

    @property
    def written_at(self) -> int:
        """When the owner last wrote, in UTC milliseconds."""
        return self._state.written_at

    def move_on(self, cursor: str) -> None:
        """What came before the cursor is on the disk."""
        self._state.cursor = cursor

    def hear(self, message_id: str | None, context_token: str, sent_at: int) -> None:
        """The owner wrote: from then on more may be sent. A message that comes again counts once.

        `sent_at`: by WeChat's clock, in UTC milliseconds; the bot may have been away since.
        """
        state = self._state
        if message_id is not None and message_id in state.heard:
            return
        if message_id is not None:
            state.heard = [*state.heard, message_id][-_HEARD:]
        if context_token:
            state.context_token, state.written_at = context_token, min(sent_at, self._clock.now())
            state.sent, state.reminded = 0, False

    def left(self) -> int:
        """How many messages may be sent until the owner writes again."""
        waited_ms = self._clock.now() - self._state.written_at
        if not self._state.context_token or waited_ms >= OPEN_MS:
            return 0
        return max(0, MOST_SENDS - self._state.sent)

    def count(self, sent: int) -> None:
        """So many messages were sent, or were not after all if it is negative."""
        self._state.sent = max(0, self._state.sent + sent)

    def close(self) -> None:
        """WeChat takes no more, whatever was counted."""
        self._state.sent = MOST_SENDS

    @property
    def reminded(self) -> bool:
        """Whether the owner was asked to write since they last did."""
        return self._state.reminded

    def note_reminder(self) -> None:
        self._state.reminded = True

    def is_ending(self) -> bool:
        """Whether the day is nearly over, and the owner was not yet asked to write."""
        waited_ms = self._clock.now() - self._state.written_at
        return self.left() > 0 and not self.reminded and waited_ms >= REMIND_MS

"""Send to the owner what WeChat takes, and ask them to write before it takes no more."""

import asyncio
import logging

from storage.errors import TwinError
from storage.reasons import BurstReason
from storage.texts import Text
from twin.connectors.base import SendInDoubtError, SendLaterError, SendRefusedError
from twin.connectors.ilink.client import (
    ConversationClosedError,
    ILinkClient,
    ILinkError,
    NoAnswerError,
    TooManyRequestsError,
)
from twin.connectors.ilink.conversation import Conversation

log = logging.getLogger(__name__)

MOST_CHARS = 3500  # the plugin cuts at 4,000
WAIT_S = 30.0  # after "too many requests"
CLOSED = Text(
    "ilink: WeChat takes nothing more before you write to the bot; send it any message there"
)
REMINDER = (
    "WeChat lets me write no more to you here until you write to me. Send me any message; "
    "/twin status shows what waits."
)


class Speaker:
    """Says one thing after the other; each counts before it is sent, so that a crash counts too."""

    def __init__(self, client: ILinkClient, conversation: Conversation, owner_id: str) -> None:
        self._client, self._conversation, self._owner_id = client, conversation, owner_id
        self._speaking = asyncio.Lock()

    async def say(self, text: str, key: str) -> None:
        """Raises SendRefusedError where the owner has to write first, and as `Connector.send`."""
        parts = parts_of(text)
        async with self._speaking:
            if len(parts) > self._conversation.left():
                raise _refused()
            for number, part in enumerate(parts):
                try:
                    await self._send(part, f"{key}-{number}" if number else key)
                except TwinError as error:
                    if number == 0:
                        raise
                    raise SendInDoubtError(f"only a part of it was sent: {error}") from None

    async def remind(self) -> None:
        """Ask the owner to write if their day is nearly over; once."""
        async with self._speaking:
            if not self._conversation.is_ending():
                return
            self._conversation.note_reminder()  # asked once, whatever becomes of it
            try:
                await self._send(REMINDER, f"remind-{self._conversation.written_at}")
            except TwinError as error:
                log.info("ilink: you were not asked to write (%s)", error)

    async def _send(self, text: str, key: str) -> None:
        conversation = self._conversation
        conversation.count(1)
        await conversation.save()
        is_last = not conversation.left() and not conversation.reminded
        said = f"{text}\n\n{REMINDER}" if is_last else text
        try:
            await self._client.send(self._owner_id, conversation.context_token, said, key)
        except ConversationClosedError:
            conversation.close()
            raise _refused() from None
        except NoAnswerError as error:
            raise SendInDoubtError(str(error)) from None
        except TooManyRequestsError as error:
            conversation.count(-1)
            raise SendLaterError(str(error), seconds=WAIT_S) from None
        except ILinkError:
            conversation.count(-1)
            raise
        if is_last:
            conversation.note_reminder()


def parts_of(text: str) -> list[str]:
    """The text in messages that WeChat takes, parted at line ends where there are some."""
    parts = []
    while len(text) > MOST_CHARS:
        end = text.rfind("\n", 1, MOST_CHARS)
        end = MOST_CHARS if end < 0 else end
        parts.append(text[:end])
        text = text[end:].removeprefix("\n")
    return [*parts, text]


def _refused() -> SendRefusedError:
    return SendRefusedError(CLOSED, reason=BurstReason.OWNER_MUST_WRITE)

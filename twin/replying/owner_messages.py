"""The owner answers a friend from his own pages, which takes the chat over."""

from collections.abc import Container

from sqlite_utils import Database

from storage.chats import get_chat
from storage.errors import InputError
from storage.outbox import Piece, add_piece
from storage.reasons import ErrorReason
from storage.undelivered import has_typed
from storage.values import storable
from twin.clock import SYSTEM_CLOCK, Clock
from twin.replying.manager import ReplyManager


class OwnerMessages:
    """`platforms` are those that messages can be sent to."""

    def __init__(
        self,
        db: Database,
        replies: ReplyManager,
        platforms: Container[str],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._db, self._replies, self._platforms, self._clock = db, replies, platforms, clock

    def send(self, chat_id: int, text: str) -> Piece:
        """One message, as his own. Raises InputError when it could not be sent."""
        chat, words = get_chat(self._db, chat_id), storable(text).strip()
        if not words:
            raise InputError(
                "an empty message: nothing to send; write something", reason=ErrorReason.NO_WORDS
            )
        if chat.kind == "self" or chat.mode == "off" or chat.platform not in self._platforms:
            raise InputError(
                f"{chat.name}: nothing can be sent there; it must be a friend's chat that is not "
                "off, and its platform connected",
                reason=ErrorReason.CANT_SEND.of(chat.name),
            )
        # What he typed a moment ago is not to be dropped by what he types now.
        if not has_typed(self._db, chat_id):
            self._replies.owner_wrote(chat_id)
        now = self._clock.now()
        piece = add_piece(self._db, chat_id, words, words="owner", approved=True, now=now)
        self._replies.send([piece])
        return piece

"""What was logged, handed on to the part it concerns."""

from collections.abc import Callable

from sqlite_utils import Database

from twin.clock import Clock
from twin.owner import answer_owner
from twin.replies import Replies


class Ears:
    """The inbox's listener: friends and the owner go to the replies, orders to `obey`."""

    def __init__(
        self, db: Database, replies: Replies, obey: Callable[[str], str], clock: Clock
    ) -> None:
        self._db, self._replies, self._obey, self._clock = db, replies, obey, clock

    def heard(self, chat_id: int, message_id: int) -> None:
        self._replies.heard(chat_id, message_id)

    def owner_spoke(self, chat_id: int) -> None:
        self._replies.owner_spoke(chat_id)

    def commanded(self, chat_id: int, text: str) -> None:
        answer = self._obey(text)
        self._replies.say([answer_owner(self._db, chat_id, answer, self._clock)])

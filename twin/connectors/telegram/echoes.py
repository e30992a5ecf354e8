"""What the bot itself sent in the owner's name, as Telegram may or may not tell it again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from telegram import Message


@dataclass(slots=True)
class OnItsWay:
    """A message that is being sent. `external_id`: what an echo told of it meanwhile."""

    chat: str
    text: str
    external_id: str | None = None


class Echoes:
    """An answer that gets lost is replaced by the echo, if one came."""

    def __init__(self) -> None:
        self._sending: list[OnItsWay] = []

    @contextmanager
    def sending(self, chat: str, text: str) -> Iterator[OnItsWay]:
        one = OnItsWay(chat, text.strip())
        self._sending.append(one)
        try:
            yield one
        finally:
            self._sending.remove(one)

    def heard(self, message: Message) -> None:
        """Telegram told of a message of the bot's own."""
        said = (message.text or "").strip()
        for one in self._sending:
            is_it = one.chat == str(message.chat.id) and one.text == said
            if is_it and one.external_id is None:
                one.external_id = str(message.message_id)
                return

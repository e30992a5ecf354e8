"""The chats whose past a run is to bring, and their events as messages of an import."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.past import PastOfChat
from storage.importers.told_same import ToldSame, keys_of
from storage.texts import Text
from storage.values import storable, storable_values
from twin.connectors.base import MessageEdited, MessageRecalled, MessageReceived
from twin.connectors.history import HistorySource, PastChat, PastEvent
from twin.whose import is_command

_MOST_NAMED = 5


class AccountChat(NamedTuple):
    """A chat of an account; `platform` is under which its connector's chats are logged.

    `was_logged`: before the run began.
    """

    platform: str
    source: HistorySource
    past: PastChat
    was_logged: bool

    @property
    def name(self) -> str:
        return storable(self.past.name) or self.id

    @property
    def id(self) -> str:
        return storable(self.past.external_id)

    def told_same(self, told: Sequence[ToldSame]) -> list[ToldSame]:
        """What the owner says of this chat."""
        keys = keys_of(self.platform, self.id, self.name)
        return [one for one in told if not one.names.isdisjoint(keys)]


def the_chat(chats: Sequence[AccountChat], wanted: str, logged: Sequence[str]) -> AccountChat:
    """The one that the owner means: by id, exact name or the only name that contains it.

    `logged`: the `platform:id` of the log's chat of that number, if any. Raises InputError.
    """
    words = storable(wanted)
    tests: list[Callable[[AccountChat], bool]] = [
        lambda chat: chat.id == words or f"{chat.platform}:{chat.id}" in (words, *logged),
        lambda chat: chat.name == words,
        lambda chat: words.casefold() in chat.name.casefold(),
    ]
    found = next((some for test in tests if (some := list(filter(test, chats)))), [])
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(f"{chat.platform}:{chat.id} ({chat.name})" for chat in found[:_MOST_NAMED])
        raise InputError(
            Text(
                "chat '{wanted}': {n} chats match; give one of: {ids}",
                wanted=wanted,
                n=len(found),
                ids=ids,
            )
        )
    raise InputError(
        Text(
            "chat '{wanted}': no account shows such a chat; without --chat all are brought",
            wanted=wanted,
        )
    )


def take(past: PastOfChat, chat: AccountChat, event: PastEvent, since: int, until: int) -> None:
    """Keep what belongs to the chat's past between the two times in UTC milliseconds."""
    match event:
        case MessageReceived():
            # Commands were said to nobody, and what has a key this program sent itself: the log has
            # it, or it is gone and nobody knows any more whose words it was.
            is_ours = event.key is not None or is_command(event)
            if since <= event.sent_at < until and not is_ours:
                past.add(_imported(event, chat))
        case MessageEdited():
            past.change(storable(event.external_id), storable(event.text), event.edited_at)
        case MessageRecalled():
            past.recall(storable(event.external_id))


def _imported(event: MessageReceived, chat: AccountChat) -> ImportedMessage:
    message = ImportedMessage(
        chat_id=chat.id,
        chat_name=event.chat_name or chat.name,
        sender_id=event.sender_id,
        sender_name=event.sender_name,
        sent_at=event.sent_at,
        text=event.text,
        kind=event.kind,
        from_owner=event.from_owner,
        external_id=event.external_id,
        chat_kind=event.chat_kind,
        raw=event.raw,
        reply_to=event.reply_to,
    )
    return ImportedMessage(*storable_values(tuple(message)))

"""Places in a chat where the owner answered a friend, and that an adapter has not learnt."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from sqlite_utils import Database

from storage.adapters import Adapter
from storage.blind_test import Moment
from storage.chats import Chat
from storage.messages import Message
from storage.pieces import MOST_PIECES
from storage.stretches import newest_between
from storage.values import MOST
from twin.config.schema import Config, DatasetSettings
from twin.prompting.media_marks import as_read
from twin.prompting.turns import conversations, has_words

READ = 500  # messages of a chat, the newest
DAY_MS = 24 * 3_600_000
SHOWN = 6  # messages before the friend's words
LONGEST = 600  # characters of an answer or a question: people compare what they can take in


def moments_of(db: Database, config: Config, chat: Chat, adapter: Adapter) -> list[Moment]:
    """The chat's, oldest first. None of a chat with several people, or with themselves."""
    if chat.kind != "direct":
        return []
    until = adapter.trained_until or 0
    messages = newest_between(db, chat.id, max(0, until - DAY_MS), MOST, READ)
    return [
        moment
        for moment in _moments(messages, config.dataset)
        if moment.answer[0].sent_at > until and _is_short(moment)
    ]


def _is_short(moment: Moment) -> bool:
    parts = moment.question, moment.answer
    return all(sum(len(as_read(one).text) for one in part) <= LONGEST for part in parts)


def _moments(messages: Sequence[Message], rules: DatasetSettings) -> Iterator[Moment]:
    """A friend's turn that the owner answered in the same conversation, in words alone."""
    for talk in conversations(messages, rules):
        turns = [list(turn) for _, turn in groupby(talk, key=lambda message: message.origin)]
        before: list[Message] = []
        for question, answer in pairwise(turns):
            asked = question[0].origin == "peer" and answer[0].origin == "owner"
            is_said = all(map(has_words, answer)) and all(map(_is_shown, question))
            if asked and is_said and len(answer) <= MOST_PIECES:
                yield Moment(before[-SHOWN:], question, answer)
            before += filter(_is_shown, question)


def _is_shown(message: Message) -> bool:
    """A friend's file is, as the twin is shown it."""
    return has_words(as_read(message))

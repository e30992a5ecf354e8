"""What the twin is shown of earlier in a conversation: looked up once, and again for a question.

By the log alone, so that every answer of a conversation is given the same lines and the engine can
use the prompt before: those for the friend's first words, until a later question finds others.
"""

from asyncio import to_thread
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from sqlite_utils import Database

from storage.adapters import Adapter
from storage.chats import Chat
from storage.database import file_of, reading
from storage.messages import Message
from storage.stretches import messages_before
from twin.clock import zone_of
from twin.config.schema import Config
from twin.memory.block import NO_MEMORY, MemoryBlock, language_of, memory_block, token_budget
from twin.memory.last_places import LastPlaces
from twin.memory.line import Line
from twin.memory.lookup import look_up
from twin.memory.questions import asks_for_fact
from twin.prompting.chat_prompt import rules_of
from twin.prompting.media_marks import all_as_read, without_marks
from twin.prompting.turns import MOST_IN_TURN, has_words, latest_conversation, turn_text

_PAGE, _PAGES = 200, 10  # messages read at once to find where a conversation began, and how often

# Questions that found nothing in their conversation: with every answer each would be looked up.
_unanswered = LastPlaces(1000)


def shows_memory(config: Config, adapter: Adapter | None) -> bool:
    """Whether that adapter, or the base without one, is shown any.

    One whose samples had none would not know what the list is.
    """
    is_learnt = adapter is None or adapter.memory
    return config.memory.enabled and is_learnt and rules_of(config, adapter) != "classic"


async def remember(
    db: Database,
    config: Config,
    chat: Chat | None,
    adapter: Adapter | None,
    messages: Sequence[Message],
    replayed: int | None = None,
) -> MemoryBlock:
    """As `memory_of`, in a thread with a connection of its own: it takes milliseconds."""
    if chat is None or not shows_memory(config, adapter):
        return NO_MEMORY
    return await to_thread(_read, file_of(db), config, chat, messages, replayed)


def _read(
    path: Path, config: Config, chat: Chat, messages: Sequence[Message], replayed: int | None
) -> MemoryBlock:
    with reading(path) as db:
        return memory_of(db, config, chat, messages, replayed)


def memory_of(
    db: Database,
    config: Config,
    chat: Chat,
    messages: Sequence[Message],
    replayed: int | None = None,
) -> MemoryBlock:
    """What stands behind the persona where the last of `messages` is to be answered.

    Only what was said before their conversation is looked at, and the day is that on which it
    began: it stays the same over midnight, as in the samples. `messages` stand so in the log; where
    they do not, `replayed` is by how many milliseconds their times are later than the log's.
    """
    voices = config.media.own_voices
    usable = list(filter(has_words, all_as_read(messages, own_voices=voices)))
    if not usable:
        return NO_MEMORY
    if replayed is None:
        conversation = _from_its_beginning(db, chat.id, usable, config)
    else:
        conversation = latest_conversation(usable, config.dataset)
    asked = _asked(conversation, named=chat.kind == "group")
    before = conversation[0].sent_at - (replayed or 0)
    question, lines = _found(db, config, chat.id, asked, before)
    return block_of(config, lines, question, friend=chat.name, now=before)


def block_of(
    config: Config, lines: Sequence[Line], question: str, *, friend: str, now: int
) -> MemoryBlock:
    """The lines as a list, in the language of the question and the lines.

    Of few words it is hardly told, so a friend's Chinese name counts; without any the persona's.
    """
    texts = [question, *(line.text for line in lines)]
    if language_of([friend]) == "zh":
        texts.append(friend)
    spoken = any(sign.isalpha() for text in texts for sign in without_marks(text))
    return memory_block(
        lines,
        now=now,
        zone=zone_of(config.schedule),
        language=language_of(texts if spoken else [config.owner.persona]),
        question=question,
        friend=friend,
        budget=token_budget(config),
    )


def _from_its_beginning(
    db: Database, chat_id: int, usable: Sequence[Message], config: Config
) -> Sequence[Message]:
    """The latest conversation, with what lies before the messages that were read."""
    rules, voices = config.dataset, config.media.own_voices
    conversation = latest_conversation(usable, rules)
    for _ in range(_PAGES):
        if len(conversation) < len(usable):
            break
        earlier = messages_before(db, chat_id, conversation[0].sent_at, _PAGE)
        read = all_as_read(earlier, own_voices=voices)
        usable = [*filter(has_words, read), *conversation]
        if len(usable) == len(conversation):
            break
        conversation = latest_conversation(usable, rules)
    return conversation


def _asked(conversation: Sequence[Message], *, named: bool) -> list[str]:
    """What the friend wrote, a turn each."""
    turns = groupby(conversation, key=lambda message: message.origin == "peer")
    return [
        "\n".join(turn_text(each, named=named) for each in list(turn)[-MOST_IN_TURN:])
        for of_friend, turn in turns
        if of_friend
    ]


def _found(
    db: Database, config: Config, chat_id: int, asked: Sequence[str], before: int
) -> tuple[str, list[Line]]:
    """The latest question that finds something of its own, else the first words, and the lines."""
    for question in reversed(asked[-config.dataset.context_turns - 1 :]):
        place = file_of(db), chat_id, before, question
        if question == asked[0] or place in _unanswered or asks_for_fact(question) is None:
            continue
        lines = look_up(db, config, chat_id, question, before=before)
        if any(line.kind != "plan" for line in lines):
            return question, lines
        _unanswered.add(place)
    first = asked[0] if asked else ""
    return first, look_up(db, config, chat_id, first, before=before)

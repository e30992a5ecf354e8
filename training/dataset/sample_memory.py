"""Show the samples what was said before their conversations, as the twin is shown it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from storage.messages import chats_of_messages
from training.dataset.chat_samples import ChatSamples
from training.dataset.samples import Sample
from training.progress_bar import Progress
from twin.config.schema import Config
from twin.memory.conversation import block_of, shows_memory
from twin.memory.line import Line
from twin.memory.lookup import look_up

MOST_LOOKED_UP = 10_000  # the newest conversations: five minutes, and more than a night can learn


@dataclass(frozen=True, slots=True)
class SampleMemory:
    """The list of one conversation, and the chats whose words stand in it."""

    text: str
    chats: tuple[int, ...]


def add_memory(
    db: Database,
    config: Config,
    chats: Sequence[ChatSamples],
    samples: Sequence[Sample],
    progress: Progress | None = None,
) -> list[Sample]:
    """The samples with a list each conversation, looked up once by the friend's first words.

    Nothing that was said in the conversation or after it is looked at: lines that are near to the
    answer would only seem to help. Conversations before the newest MOST_LOOKED_UP are shown the
    day alone. With [memory] enabled = false the samples stay as they are.
    """
    if not shows_memory(config, None):
        return list(samples)
    lookup = _Lookup(db, config, chats)
    places = list(dict.fromkeys((each.chat_id, each.conversation) for each in samples))
    found: dict[tuple[int, int], SampleMemory] = {}
    if progress is not None:
        progress.steps(0, len(places), "looking up memory")
    for done, place in enumerate(places, 1):
        is_new = done > len(places) - MOST_LOOKED_UP
        found[place] = lookup.of_conversation(*place, alone=not is_new)
        if progress is not None:
            progress.step(done)
    return [_with(each, found[each.chat_id, each.conversation]) for each in samples]


def _with(sample: Sample, memory: SampleMemory) -> Sample:
    return replace(sample, memory=memory.text, memory_chats=memory.chats)


def without_memory(samples: Iterable[Sample]) -> list[Sample]:
    """The samples as an adapter sees them that learnt without."""
    return [replace(each, memory="", memory_chats=()) for each in samples]


def has_lines(sample: Sample) -> bool:
    """Whether something is shown besides the day, which is the first line."""
    return "\n" in sample.memory


class _Lookup:
    def __init__(self, db: Database, config: Config, chats: Sequence[ChatSamples]) -> None:
        self._db, self._config = db, config
        self._chats = {chat.chat["id"]: chat for chat in chats}
        self._learnt = {chat.chat["id"] for chat in chats if chat.exchanges}

    def of_conversation(self, chat_id: int, conversation: int, *, alone: bool) -> SampleMemory:
        """`alone`: the day, without lines."""
        chat, config = self._chats[chat_id], self._config
        opening = chat.openings[conversation]
        found: list[Line] = []
        if not alone:
            found = look_up(self._db, config, chat_id, opening.asked, before=opening.began)
        chats = chats_of_messages(self._db, (id for line in found for id in line.messages))
        lines = [
            _masked(line, chat)
            for line in found
            if all(chats.get(message) in self._learnt for message in line.messages)
        ]
        block = block_of(config, lines, opening.asked, friend=chat.chat["name"], now=opening.began)
        shown = {chats[message] for message in block.messages}
        return SampleMemory(block.text, tuple(sorted(shown)))


def _masked(line: Line, chat: ChatSamples) -> Line:
    """Private values have the placeholders that they have in the chat's exchanges."""
    return line if chat.masker is None else replace(line, text=chat.masker.mask(line.text))

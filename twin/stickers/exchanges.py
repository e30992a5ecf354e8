"""How the owner answered a friend so far: which answers had a sticker, and where in them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, takewhile

from storage.messages import Message
from twin.config.schema import DatasetSettings
from twin.prompting.media_marks import all_as_read, holds_words
from twin.prompting.turns import conversations, has_words, starts_conversation, turn_text

_NOBODYS = frozenset({"system", "command", "notice"})  # kinds that nobody says to anybody
_MOST_CHARS = 500  # of what was asked, the last ones


@dataclass(frozen=True, slots=True)
class Answered:
    """A friend's burst that the owner answered. `asked`: its words, "" where it had none.

    `sticker`: the first sticker of the answer, a message's number; `alone`: there was nothing else;
    `before`: it came before the owner's first words.
    """

    asked: str
    sticker: int | None = None
    alone: bool = False
    before: bool = False

    @property
    def has_sticker(self) -> bool:
        return self.sticker is not None


def answers(messages: Iterable[Message], rules: DatasetSettings) -> Iterator[Answered]:
    """The answers of the owner in one chat, whose messages are in time order.

    What the twin answered is nobody's.
    """
    said = [one for one in messages if one.kind not in _NOBODYS and one.recalled_at is None]
    turns = [
        list(turn)
        for conversation in conversations(said, rules)
        for _, turn in groupby(conversation, key=lambda one: one.origin == "peer")
    ]
    for asked, following in pairwise(turns):
        is_answer = asked[0].origin == "peer" and following[0].origin == "owner"
        if is_answer and not starts_conversation(asked[-1], following[0], rules):
            own = takewhile(lambda one: one.origin == "owner", following)
            yield _answered(asked_in(asked), list(own))


def asked_in(burst: Sequence[Message]) -> str:
    """The words of a burst, with what was read in its files, as the model sees them."""
    read = filter(has_words, all_as_read(filter(holds_words, burst)))
    return "\n".join(turn_text(one, named=False) for one in read)[-_MOST_CHARS:]


def _answered(asked: str, own: Sequence[Message]) -> Answered:
    at = next((at for at, one in enumerate(own) if one.kind == "sticker"), None)
    if at is None:
        return Answered(asked)
    others = [place for place, one in enumerate(own) if one.kind != "sticker"]
    return Answered(asked, own[at].id, alone=not others, before=bool(others) and at < others[0])

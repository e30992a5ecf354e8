"""Turn the exchanges of every chat into samples: which are answers to learn, which are context."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlite_utils import Database

from storage.messages import Message
from storage.preferences import excluded_answers
from training.dataset.pair_chats import Chat, paired_chats
from training.dataset.quality.filters import filter_reasons
from training.dataset.samples import Exchange, Paired, Sample, start_of_context
from twin.clock import zone_of
from twin.config.schema import Config
from twin.privacy.masker import Finding, Masker, find_private
from twin.prompting.chat_prompt import persona

BY_OWNER = "excluded by the owner"
DAY_MS = 86_400_000
Place = tuple["ChatSamples", int]  # an exchange of a chat, by its place in it


@dataclass(frozen=True, slots=True)
class Opening:
    """When a conversation began (UTC milliseconds) and the friend's first words, unmasked."""

    began: int
    asked: str


@dataclass(slots=True, eq=False)
class ChatSamples:
    """One chat: its exchanges as they are learnt, and the places of those that a sample shows.

    `masker`: what masked them, None where nothing is masked.
    """

    chat: Chat
    exchanges: list[Exchange]
    left_out: list[tuple[Message, str]]  # messages that are in no exchange, and why
    instructions: dict[int, str]  # of each conversation
    openings: dict[int, Opening]
    masker: Masker | None
    targets: set[int] = field(default_factory=set)
    context: set[int] = field(default_factory=set)


def gather_chats(db: Database, config: Config) -> list[ChatSamples]:
    """The exchanges of every chat, masked, each chat by itself."""
    chats, excluded, zone = [], excluded_answers(db), zone_of(config.schedule)
    for chat, paired in paired_chats(db, config):
        exchanges = list(without_excluded(paired.exchanges, excluded))
        openings = _openings(paired)
        masker = Masker() if config.privacy.mask else None
        if masker is not None:
            exchanges = [masked.exchange for masked in mask_chat(exchanges, masker)]
        first_answers: dict[int, int] = {}
        for exchange in exchanges:
            first_answers.setdefault(exchange.conversation, exchange.answered_at)
        instructions = {
            conversation: persona(config.owner, chat["name"], chat["note"], at, zone)
            for conversation, at in first_answers.items()
        }
        chats.append(ChatSamples(chat, exchanges, paired.left_out, instructions, openings, masker))
    return chats


def _openings(paired: Paired) -> dict[int, Opening]:
    """Of each conversation; by the rules "classic" there are none."""
    asked: dict[int, str] = {}
    for exchange in paired.exchanges:
        if exchange.input:
            asked.setdefault(exchange.conversation, exchange.input)
    return {
        number: Opening(began, asked.get(number, "")) for number, began in enumerate(paired.began)
    }


def without_excluded(
    exchanges: Iterable[Exchange], excluded: Container[tuple[int, int]]
) -> Iterator[Exchange]:
    """The exchanges; answers that the owner excluded are context alone."""
    for exchange in exchanges:
        is_out = exchange.untaught is None and (exchange.chat_id, exchange.answered_at) in excluded
        yield replace(exchange, untaught=BY_OWNER) if is_out else exchange


@dataclass(frozen=True, slots=True)
class Masked:
    """An exchange as it is learnt, and what was found in it as it was written."""

    exchange: Exchange
    in_input: Sequence[Finding] = ()
    in_output: Sequence[Finding] = ()

    @property
    def findings(self) -> Iterator[Finding]:
        yield from self.in_input
        yield from self.in_output


def mask_chat(exchanges: Iterable[Exchange], masker: Masker | None = None) -> Iterator[Masked]:
    """The exchanges of one chat, in order: a private value has one placeholder throughout."""
    masker = masker or Masker()
    for exchange in exchanges:
        asked, answered = find_private(exchange.input), find_private(exchange.output)
        if asked or answered:
            input = masker.replace(exchange.input, asked)
            output = masker.replace(exchange.output, answered)
            exchange = replace(exchange, input=input, output=output)
        yield Masked(exchange, asked, answered)


def make_samples(chats: Sequence[ChatSamples], config: Config) -> list[Sample]:
    """The newest answers that pass the filters as samples, oldest first.

    Notes in each chat which of its exchanges the samples show, and why the others teach nothing.
    """
    rules = config.dataset
    places = _answers_in(chats)
    if rules.rules != "classic":
        places = _filtered(places, filter_reasons([_at(each) for each in places], config.quality))
    places = places[-rules.max_samples :]  # 0: all
    weights = recency_weights([_at(each).answered_at for each in places], rules.half_life_days)
    most = 0 if rules.rules == "classic" else rules.context_turns
    return [
        _sample(chat, at, weight, most) for (chat, at), weight in zip(places, weights, strict=True)
    ]


def _answers_in(chats: Sequence[ChatSamples]) -> list[Place]:
    """The places of all answers that may be learnt, oldest first."""
    found = [
        (chat, at)
        for chat in chats
        for at, exchange in enumerate(chat.exchanges)
        if exchange.untaught is None
    ]
    return sorted(found, key=lambda place: (_at(place).answered_at, place[0].chat["id"]))


def _filtered(places: Sequence[Place], reasons: Sequence[str | None]) -> list[Place]:
    """Make context of the answers for which there is a reason; the places of the others."""
    for (chat, at), reason in zip(places, reasons, strict=True):
        if reason is not None:
            chat.exchanges[at] = replace(chat.exchanges[at], untaught=reason)
    return [place for place, reason in zip(places, reasons, strict=True) if reason is None]


def _sample(chat: ChatSamples, at: int, weight: float, most: int) -> Sample:
    exchange = chat.exchanges[at]
    start = start_of_context(chat.exchanges, at, most)
    chat.targets.add(at)
    chat.context.update(range(start, at))
    return Sample(
        instruction=chat.instructions[exchange.conversation],
        input=exchange.input,
        output=exchange.output,
        history=tuple((past.input, past.output) for past in chat.exchanges[start:at]),
        chat_id=exchange.chat_id,
        conversation=exchange.conversation,
        position=at,
        answered_at=exchange.answered_at,
        weight=weight,
    )


def _at(place: Place) -> Exchange:
    chat, at = place
    return chat.exchanges[at]


def recency_weights(times: Sequence[int], half_life_days: float) -> list[float]:
    """One weight for each time (UTC milliseconds), halved with every half-life, 1 on average.

    People change, so what they wrote lately teaches more. Ages count from the newest time and not
    from today: the same log gives the same weights.
    """
    if not times or not half_life_days:
        return [1.0] * len(times)
    newest, half_life = max(times), half_life_days * DAY_MS
    raw = [0.5 ** ((newest - time) / half_life) for time in times]
    mean = sum(raw) / len(raw)
    return [round(weight / mean, 6) for weight in raw]

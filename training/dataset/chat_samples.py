"""The exchanges of every chat: which of them are answers to learn, and which are context."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlite_utils import Database

from storage.preferences import excluded_answers
from training.dataset.exchange import Exchange
from training.dataset.masking import mask_chat
from training.dataset.message_report import MessageReport
from training.dataset.pair_chats import Chat, paired_chats
from training.dataset.rows import Row, start_of_context
from twin.clock import zone_of
from twin.config.schema import Config
from twin.prompting.chat_prompt import persona

BY_OWNER = "excluded by the owner"
NOT_NEWEST = "older than the newest [dataset] max_samples answers"
Place = tuple["ChatSamples", int]  # an exchange of a chat, by its place in it


@dataclass(slots=True, eq=False)
class ChatSamples:
    """One chat: its exchanges as they are learnt, and the places of those that a sample shows."""

    chat: Chat
    exchanges: list[Exchange]
    instructions: dict[int, str]  # of each conversation
    targets: set[int] = field(default_factory=set)
    context: set[int] = field(default_factory=set)


def gather_chats(db: Database, config: Config, ledger: MessageReport) -> list[ChatSamples]:
    """Every chat by itself. Messages that are in no exchange are entered into the ledger."""
    talks, excluded, zone = [], excluded_answers(db), zone_of(config.schedule)
    for chat, paired in paired_chats(db, config):
        for message, reason in paired.left_out:
            ledger.add(chat["id"], message.sent_at, "dropped", reason=reason)
        exchanges = list(without_excluded(paired.exchanges, excluded))
        if config.privacy.mask:
            exchanges = [masked.exchange for masked in mask_chat(exchanges)]
        began: dict[int, int] = {}
        for exchange in exchanges:
            began.setdefault(exchange.conversation, exchange.answered_at)
        instructions = {
            conversation: persona(config.owner, chat["name"], chat["note"], at, zone)
            for conversation, at in began.items()
        }
        talks.append(ChatSamples(chat, exchanges, instructions))
    return talks


def without_excluded(
    exchanges: Iterable[Exchange], excluded: Container[tuple[int, int]]
) -> Iterator[Exchange]:
    """The exchanges; answers that the owner excluded are context alone."""
    for exchange in exchanges:
        is_out = exchange.untaught is None and (exchange.chat_id, exchange.answered_at) in excluded
        yield replace(exchange, untaught=BY_OWNER) if is_out else exchange


def answers_in(talks: Sequence[ChatSamples]) -> list[Place]:
    """The places of all answers that may be learnt, oldest first."""
    found = [
        (talk, at)
        for talk in talks
        for at, exchange in enumerate(talk.exchanges)
        if exchange.untaught is None
    ]
    return sorted(found, key=lambda place: (_at(place).answered_at, place[0].chat["id"]))


def answers_at(places: Sequence[Place]) -> list[Exchange]:
    return [_at(place) for place in places]


def drop(places: Sequence[Place], reasons: Sequence[str | None]) -> list[Place]:
    """Make context of the answers for which there is a reason; the places of the others."""
    for (talk, at), reason in zip(places, reasons, strict=True):
        if reason is not None:
            talk.exchanges[at] = replace(talk.exchanges[at], untaught=reason)
    return [place for place, reason in zip(places, reasons, strict=True) if reason is None]


def rows_at(places: Sequence[Place], weights: Sequence[float], config: Config) -> list[Row]:
    """The samples of these answers; notes in each talk what they show."""
    rules = config.dataset
    most = 0 if rules.rules == "classic" else rules.context_turns
    return [_row(talk, at, w, most) for (talk, at), w in zip(places, weights, strict=True)]


def _row(talk: ChatSamples, at: int, weight: float, most: int) -> Row:
    exchange = talk.exchanges[at]
    start = start_of_context(talk.exchanges, at, most)
    talk.targets.add(at)
    talk.context.update(range(start, at))
    return Row(
        instruction=talk.instructions[exchange.conversation],
        input=exchange.input,
        output=exchange.output,
        history=tuple((past.input, past.output) for past in talk.exchanges[start:at]),
        chat_id=exchange.chat_id,
        conversation=exchange.conversation,
        position=at,
        answered_at=exchange.answered_at,
        weight=weight,
    )


def untaught_in(talks: Sequence[ChatSamples]) -> dict[str, int]:
    """Answers that are not learnt, whether they are shown or not, by reason."""
    exchanges = (exchange for talk in talks for exchange in talk.exchanges)
    return dict(Counter(each.untaught for each in exchanges if each.untaught).most_common())


def report_messages(talks: Sequence[ChatSamples], ledger: MessageReport) -> None:
    """Enter the messages of all exchanges into the ledger."""
    for talk in talks:
        for at, exchange in enumerate(talk.exchanges):
            chat, when = exchange.chat_id, exchange.answered_at
            if at in talk.targets:
                ledger.add(chat, when, "context", exchange.inputs)
                ledger.add(chat, when, "target", exchange.outputs)
            elif at in talk.context:
                ledger.add(chat, when, "context", exchange.inputs + exchange.outputs)
            else:
                reason = exchange.untaught or NOT_NEWEST
                ledger.add(chat, when, "dropped", exchange.inputs + exchange.outputs, reason)


def _at(place: Place) -> Exchange:
    talk, at = place
    return talk.exchanges[at]

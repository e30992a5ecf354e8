"""Facts as the twin is shown them, and what the owner may write as one."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlite_utils import Database

from storage.chats import get_chat
from storage.errors import InputError
from storage.facts import LONGEST_TEXT, About, Fact, NewFact
from storage.known_facts import known_facts, texts_of_sources
from storage.plain_text import is_visible
from storage.texts import Text
from twin.config.schema import Config, MemoryScope
from twin.memory.kinds import KINDS
from twin.memory.line import Line, Speaker
from twin.privacy.blocked_words import comparable_words, holds_blocked
from twin.privacy.excluded_chats import is_excluded
from twin.privacy.masker import find_private

_SCOPES: dict[About, MemoryScope] = {"owner": "me", "friend": "friend"}


def shown_facts(db: Database, config: Config, chat_id: int, before: int) -> list[Fact]:
    """The facts that may be shown in that chat, the newest first, each once.

    Those of the owner that were released for it, and those about the friend that chats with them
    state; of what was said before that time (UTC ms) and holds then. `storage.known_facts`
    sees to it that there is nothing else.
    """
    scopes = [about for about, scope in _SCOPES.items() if scope in config.memory.scopes]
    known = [fact for fact in known_facts(db, chat_id, before) if fact.about in scopes]
    return list(_each_once(_allowed(db, config, known)))


def _allowed(db: Database, config: Config, facts: Sequence[Fact]) -> Iterator[Fact]:
    """Without those that [privacy] forbids by now."""
    words = comparable_words(config.privacy)
    messages = texts_of_sources(db, facts) if words else {}
    for fact in facts:
        said = f"{fact.text}\n{messages.get(fact.id, '')}"
        is_forbidden = _is_of_excluded(db, config, fact) or holds_blocked(said, words)
        if not is_forbidden and not find_private(fact.text):
            yield fact


def _is_of_excluded(db: Database, config: Config, fact: Fact) -> bool:
    if fact.chat_id is None or not config.privacy.excluded_chats:
        return False
    chat = get_chat(db, fact.chat_id)
    return is_excluded((chat.id, chat.external_id, chat.name), config.privacy.excluded_chats)


def _each_once(facts: Iterator[Fact]) -> Iterator[Fact]:
    """Without what an earlier message says too; a sentence that states several things once."""
    seen: set[tuple[object, ...]] = set()
    for fact in facts:
        says = {(fact.about, fact.slot or fact.id, fact.value), (fact.about, fact.text)}
        if seen.isdisjoint(says):
            yield fact
        seen |= says


def fact_line(fact: Fact, score: float = 1.0) -> Line:
    """The fact as the model is shown it."""
    messages = () if fact.message_id is None else (fact.message_id,)
    by_friend = fact.about == "friend" and fact.found_by != "owner"
    speaker: Speaker = "friend" if by_friend else "owner"
    return Line(fact.text, messages, fact.said_at, fact.about, speaker, score)


def fact_text(text: str) -> str:
    """The text as it may be kept. Raises InputError where the owner can't mean it as a fact."""
    words = " ".join(text.split())
    if not is_visible(words):
        raise InputError(Text("an empty fact: write what is true, in your own words"))
    if len(words) > LONGEST_TEXT:
        raise InputError(
            Text(
                "a fact of {length} characters: at most {most} can be shown; write it shorter",
                length=len(words),
                most=LONGEST_TEXT,
            )
        )
    if private := find_private(words):
        raise InputError(
            Text(
                "“{value}”: the twin never tells numbers, addresses and passwords; leave it out",
                value=words[private[0].start : private[0].end],
            )
        )
    return words


def day_from(text: str) -> date:
    """The day that the owner writes as 2024-05-31. Raises InputError for what is none.

    Nor is the first day that Python knows, or the last: in another zone they would be no date.
    """
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007
        if date.min < day < date.max:
            return day
    except ValueError:
        pass
    raise InputError(Text("{text}: not a day; write it as 2024-05-31", text=text))


def check_kind(kind: str) -> None:
    """Raises InputError for a kind that there is not."""
    if kind not in KINDS:
        kinds = ", ".join(KINDS)
        raise InputError(Text("{kind}: no such kind; one of {kinds}", kind=kind, kinds=kinds))


def written_fact(text: str, kind: str, chat_id: int | None, now: int) -> NewFact:
    """What the owner writes as a fact: about themselves, or about the friend of a chat.

    Raises InputError for a kind that there is not, and for what `fact_text` refuses.
    """
    check_kind(kind)
    words = fact_text(text)
    return NewFact(
        chat_id=chat_id,
        message_id=None,
        about="owner" if chat_id is None else "friend",
        kind=kind,
        slot=None,
        value="",
        text=words,
        said_at=now,
        valid_from=now,
        state="kept",
        found_by="owner",
    )

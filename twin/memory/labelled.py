"""Read a labelled set: chats, questions and their answers. docs/memory.md has the format."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from storage.errors import InputError
from storage.importers.columns.times import ColumnTimes
from storage.importers.record_fields import BadRow
from storage.messages import Origin
from twin.memory.labelled_file import MessageRow, QuestionRow, SetFile, quoted, read_file

_OWNER = {"owner", "me", "self", "i", "you", "assistant", "主人", "我"}
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}")


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """`id` is the file's own, unique within its chat; `sender` the friend's name in a group."""

    id: str
    origin: Origin
    sender: str
    text: str
    sent_at: int


@dataclass(frozen=True, slots=True)
class LabelledChat:
    """Chats of the same `person` are linked; "" for one that is with nobody elsewhere."""

    id: str
    name: str
    is_group: bool
    person: str
    messages: tuple[LabelledMessage, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """`answers`: (chat, message) as the file names them, empty where the chat has no answer."""

    chat: str
    text: str
    asked_at: int
    answers: frozenset[tuple[str, str]]
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class LabelledSet:
    chats: tuple[LabelledChat, ...]
    questions: tuple[Question, ...]


def read_labelled(file: Path) -> LabelledSet:
    """Raises InputError with one line that names the place in the file and what is wrong there."""
    content = read_file(file)
    try:
        return _checked(content)
    except InputError as error:
        raise InputError(f"{file}: {error.message}") from None


def _checked(content: SetFile) -> LabelledSet:
    times = _Times(content)
    owner = _OWNER | ({content.owner.strip().casefold()} if content.owner.strip() else set())
    chats = tuple(
        LabelledChat(
            chat.id,
            chat.name or chat.id,
            chat.group,
            chat.person,
            tuple(_message(one, owner, times) for one in chat.messages),
        )
        for chat in content.chats
    )
    _refuse_doubles("chat", [chat.id for chat in chats])
    for chat in chats:
        _refuse_doubles(f"chat {quoted(chat.id)}: message", [one.id for one in chat.messages])
    by_id = {chat.id: chat for chat in chats}
    end = max((one.sent_at for chat in chats for one in chat.messages), default=0) + 1
    questions = tuple(
        _question(f"questions[{at}]", asked, by_id, times, end)
        for at, asked in enumerate(content.questions)
    )
    return LabelledSet(chats, questions)


def _message(one: MessageRow, owner: set[str], times: "_Times") -> LabelledMessage:
    sender = one.by.strip()
    is_owner = sender.casefold() in owner
    origin: Origin = "owner" if is_owner else "twin" if sender.casefold() == "twin" else "peer"
    return LabelledMessage(one.id, origin, "" if is_owner else sender, one.text, times.read(one.at))


def _question(
    place: str, asked: QuestionRow, chats: Mapping[str, LabelledChat], times: "_Times", end: int
) -> Question:
    chat = chats.get(asked.chat)
    if chat is None:
        raise InputError(f"{place}: chat {quoted(asked.chat)} is not among the chats of the file")
    if not asked.text.strip():
        raise InputError(f"{place}: the question has no text")
    own = [chat, *(other for other in chats.values() if _is_same_person(other, chat))]
    found = [_found(place, answer, own, chats) for answer in asked.answers]
    answers = frozenset(one for one in found if one is not None)
    kind = asked.kind or ("answerable" if answers else "elsewhere" if found else "none")
    language = asked.language or ("zh" if _is_chinese(asked.text) else "en")
    asked_at = end if asked.at is None else times.read(asked.at)
    return Question(asked.chat, asked.text, asked_at, answers, kind, language)


def _is_same_person(other: LabelledChat, chat: LabelledChat) -> bool:
    return bool(chat.person) and other.person == chat.person and other is not chat


def _found(
    place: str, wanted: str, own: Iterable[LabelledChat], chats: Mapping[str, LabelledChat]
) -> tuple[str, str] | None:
    """Where the message lies; None in a chat of somebody else, which must not answer."""
    for chat in own:
        if any(one.id == wanted for one in chat.messages):
            return chat.id, wanted
    if any(one.id == wanted for chat in chats.values() for one in chat.messages):
        return None
    raise InputError(f"{place}: message {quoted(wanted)} is in none of the chats")


def _refuse_doubles(what: str, ids: Iterable[str]) -> None:
    twice = next((key for key, times in Counter(ids).items() if times > 1), None)
    if twice is not None:
        raise InputError(f"{what} {quoted(twice)} stands there twice; each needs an id of its own")


def _is_chinese(text: str) -> bool:
    return re.search(r"[\u3400-\u9fff]", text) is not None


class _Times:
    """The times of the file, in whatever way they are written; a date alone is its noon."""

    def __init__(self, content: SetFile) -> None:
        self._times = ColumnTimes(None)
        for chat in content.chats:
            for one in chat.messages:
                self._times.see(_with_hour(one.at))
        for asked in content.questions:
            self._times.see(_with_hour(asked.at or ""))
        self._times.decide()

    def read(self, text: str) -> int:
        """UTC milliseconds."""
        try:
            return self._times.read(_with_hour(text))[0]
        except BadRow as error:
            raise InputError(
                f"{error}; write 2026-03-01T18:20Z or milliseconds since 1970"
            ) from None


def _with_hour(text: str) -> str:
    return f"{text.strip()} 12:00" if _DATE.fullmatch(text.strip()) else text

"""Read a labelled set: chats, questions and their answers. docs/memory.md has the format."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError

from storage.errors import InputError
from storage.importers.columns.times import ColumnTimes
from storage.importers.record_fields import BadRow
from storage.messages import Origin

_OWNER = {"owner", "me", "self", "i", "you", "assistant", "主人", "我"}
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}")
_SHOWN = 60


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


def _one_line(value: object) -> object:
    """Ids and times may be numbers."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    """One id is a list of one, none is an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


Word = Annotated[str, BeforeValidator(_one_line)]


def _called(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class _Message(BaseModel):
    id: Word = Field(validation_alias=_called("id", "message_id", "key"))
    at: Word = Field(validation_alias=_called("at", "time", "sent_at", "timestamp", "date", "ts"))
    by: Word = Field(validation_alias=_called("from", "sender", "origin", "role", "who", "by"))
    text: str = Field(validation_alias=_called("text", "content", "body", "message"))


class _Chat(BaseModel):
    id: Word = Field(validation_alias=_called("id", "chat", "chat_id", "name"))
    name: Word = ""
    group: bool = False
    person: Word = ""
    messages: list[_Message]


class _Question(BaseModel):
    chat: Word = Field(validation_alias=_called("chat", "chat_id", "asked_in", "in"))
    text: str = Field(validation_alias=_called("text", "question", "query"))
    at: Word | None = Field(None, validation_alias=_called("at", "time", "asked_at", "date"))
    answers: Annotated[list[Word], BeforeValidator(_listed)] = Field(
        default=[],
        validation_alias=_called("messages", "answers", "answer", "message_ids", "ids", "expected"),
    )
    kind: Word = ""
    language: Word = Field("", validation_alias=_called("language", "lang"))


class _File(BaseModel):
    chats: list[_Chat]
    questions: list[_Question]
    owner: Word = ""


def read_labelled(file: Path) -> LabelledSet:
    """Raises InputError with one line that names the place in the file and what is wrong there."""
    try:
        raw = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{file}: can't be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: not valid JSON ({error}); see docs/memory.md") from error
    try:
        content = _File.model_validate(_with_lists(raw))
    except ValidationError as error:
        raise InputError(f"{file}: {_first(error)}; see docs/memory.md") from None
    try:
        return _checked(content)
    except InputError as error:
        raise InputError(f"{file}: {error.message}") from None


def _with_lists(raw: object) -> object:
    """Chats may also be an object with their ids as its keys, of chats or of lists of messages."""
    if not isinstance(raw, dict) or not isinstance(raw.get("chats"), dict):
        return raw
    chats = [
        {"id": key, **(chat if isinstance(chat, dict) else {"messages": chat})}
        for key, chat in raw["chats"].items()
    ]
    return {**raw, "chats": chats}


def _first(error: ValidationError) -> str:
    """The first thing that is wrong: `chats[0].messages[3].at: field required`."""
    found = error.errors()[0]
    place = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in found["loc"]
    ).lstrip(".")
    said = found["msg"]
    return f"{place or 'the file'}: {said[0].lower()}{said[1:]}"


def _checked(content: _File) -> LabelledSet:
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
        _refuse_doubles(f"chat {_shown(chat.id)}: message", [one.id for one in chat.messages])
    by_id = {chat.id: chat for chat in chats}
    end = max((one.sent_at for chat in chats for one in chat.messages), default=0) + 1
    questions = tuple(
        _question(f"questions[{at}]", asked, by_id, times, end)
        for at, asked in enumerate(content.questions)
    )
    return LabelledSet(chats, questions)


def _message(one: _Message, owner: set[str], times: "_Times") -> LabelledMessage:
    sender = one.by.strip()
    is_owner = sender.casefold() in owner
    origin: Origin = "owner" if is_owner else "twin" if sender.casefold() == "twin" else "peer"
    return LabelledMessage(one.id, origin, "" if is_owner else sender, one.text, times.read(one.at))


def _question(
    place: str, asked: _Question, chats: Mapping[str, LabelledChat], times: "_Times", end: int
) -> Question:
    chat = chats.get(asked.chat)
    if chat is None:
        raise InputError(f"{place}: chat {_shown(asked.chat)} is not among the chats of the file")
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
    raise InputError(f"{place}: message {_shown(wanted)} is in none of the chats")


def _refuse_doubles(what: str, ids: Iterable[str]) -> None:
    twice = next((key for key, times in Counter(ids).items() if times > 1), None)
    if twice is not None:
        raise InputError(f"{what} {_shown(twice)} stands there twice; each needs an id of its own")


def _is_chinese(text: str) -> bool:
    return re.search(r"[\u3400-\u9fff]", text) is not None


def _shown(value: str) -> str:
    return json.dumps(value if len(value) <= _SHOWN else value[:_SHOWN] + "…", ensure_ascii=False)


class _Times:
    """The times of the file, in whatever way they are written; a date alone is its noon."""

    def __init__(self, content: _File) -> None:
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

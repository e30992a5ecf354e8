"""A labelled set as it stands in its file, in the ways in which people write one down."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError

from storage.errors import InputError

_SHOWN = 60
_NEEDED = {
    "missing": "it is missing",
    "string_type": "a text is needed",
    "list_type": "a list is needed",
    "bool_type": "true or false is needed",
    "bool_parsing": "true or false is needed",
    "model_type": "an object is needed",
    "model_attributes_type": "an object is needed",
    "string_unicode": "half a character is no text",
}


def _one_line(value: object) -> object:
    """Ids and times may be numbers."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    """One id is a list of one, none is an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _no_words(value: object) -> object:
    """A picture may have none."""
    return "" if value is None else value


Word = Annotated[str, BeforeValidator(_one_line)]


def _called(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class MessageRow(BaseModel):
    id: Word = Field(validation_alias=_called("id", "message_id", "key"))
    at: Word = Field(validation_alias=_called("at", "time", "sent_at", "timestamp", "date", "ts"))
    by: Word = Field(validation_alias=_called("from", "sender", "origin", "role", "who", "by"))
    text: Annotated[str, BeforeValidator(_no_words)] = Field(
        validation_alias=_called("text", "content", "body", "message")
    )


class ChatRow(BaseModel):
    id: Word = Field(validation_alias=_called("id", "chat", "chat_id", "name"))
    name: Word = ""
    group: bool = False
    person: Word = ""
    messages: list[MessageRow]


class QuestionRow(BaseModel):
    chat: Word = Field(validation_alias=_called("chat", "chat_id", "asked_in", "in"))
    text: str = Field(validation_alias=_called("text", "question", "query"))
    at: Word | None = Field(None, validation_alias=_called("at", "time", "asked_at", "date"))
    answers: Annotated[list[Word], BeforeValidator(_listed)] = Field(
        default=[],
        validation_alias=_called(
            *("messages", "message_ids", "answer_ids", "ids", "evidence", "expected"),
            *("answers", "answer"),
        ),
    )
    kind: Word = ""
    language: Word = Field("", validation_alias=_called("language", "lang"))


class SetFile(BaseModel):
    chats: list[ChatRow]
    questions: list[QuestionRow]
    owner: Word = ""


def read_file(file: Path) -> SetFile:
    """Raises InputError with one line that names the place in the file and what is wrong there."""
    try:
        raw = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{file}: can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 text; save it as UTF-8") from error
    except RecursionError as error:
        raise InputError(
            f"{file}: not valid JSON (nested too deeply); see docs/memory.md"
        ) from error
    except ValueError as error:
        is_number = not isinstance(error, json.JSONDecodeError)
        cause = "a number of thousands of digits" if is_number else error
        raise InputError(f"{file}: not valid JSON ({cause}); see docs/memory.md") from error
    try:
        return SetFile.model_validate(_with_lists(raw))
    except ValidationError as error:
        raise InputError(f"{file}: {_first(error)}; see docs/memory.md") from None


def _with_lists(raw: object) -> object:
    """Chats may also be an object with their ids as its keys, of chats or of lists of messages, and
    each may have its questions beside its messages.
    """
    if not isinstance(raw, dict):
        return raw
    if "chats" not in raw:
        return raw
    chats = raw["chats"]
    if isinstance(chats, dict):
        chats = [
            {"id": key, **(chat if isinstance(chat, dict) else {"messages": chat})}
            for key, chat in chats.items()
        ]
    if "questions" in raw or not isinstance(chats, list):
        return {**raw, "chats": chats}
    asked = [
        {"chat": chat.get("id"), **question}
        for chat in chats
        if isinstance(chat, dict) and isinstance(chat.get("questions"), list)
        for question in chat["questions"]
        if isinstance(question, dict)
    ]
    return {**raw, "chats": chats, **({"questions": asked} if asked else {})}


def _first(error: ValidationError) -> str:
    """The first thing that is wrong: `chats[0].messages[3].at: field required`."""
    found = error.errors()[0]
    place = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in found["loc"]
    ).lstrip(".")
    said = _NEEDED.get(found["type"]) or found["msg"][0].lower() + found["msg"][1:]
    value = "" if found["type"] == "missing" else f" = {_shown(repr(found['input']))}"
    return f"{place or 'the file'}{value}: {said}"


def quoted(value: str) -> str:
    return json.dumps(_shown(value), ensure_ascii=False)


def _shown(value: str) -> str:
    return value if len(value) <= _SHOWN else value[:_SHOWN] + "…"

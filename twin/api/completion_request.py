"""Read a request for a completion: every shape that OpenAI's API takes, for the words in it."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, FailFast, Field, ValidationError

from storage.plain_text import is_visible, sendable
from twin.api.error_responses import ApiError
from twin.api.schemas import Words, clean

MOST_STOPS = 4
INT64 = 2**63
OF_WORDS = ("text", "input_text", "output_text")  # the types of parts that are read
# What asks for something that a twin can't do, with the values that ask for nothing.
LEFT_OUT: Mapping[str, tuple[object, ...]] = {
    "audio": (),
    "frequency_penalty": (0,),
    "function_call": ("auto", "none"),
    "functions": (),
    "logit_bias": (),
    "logprobs": (False,),
    "modalities": (["text"],),
    "n": (1,),
    "prediction": (),
    "presence_penalty": (0,),
    "reasoning_effort": ("none",),
    "response_format": ({"type": "text"},),
    "tool_choice": ("auto", "none"),
    "tools": (),
    "top_logprobs": (0,),
    "verbosity": (),
    "web_search_options": (),
}


def words_in(content: object) -> str:
    """The words of a message's content: a text, or the texts among its parts, a line each.

    Pictures, sounds, files, refusals and kinds that are still to come are left out, and with them
    what no text can hold: control characters and halves of characters. Empty if nothing of it can
    be seen.
    """
    if isinstance(content, list):
        words = "\n".join(filter(None, map(_words_in_part, content)))
    elif content is None or isinstance(content, str):
        words = sendable(content or "")
    else:
        raise ValueError("neither a text nor a list of parts")
    return words.strip() if is_visible(words) else ""


def _words_in_part(part: object) -> str:
    if isinstance(part, str):
        return sendable(part)
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str):
        raise ValueError("a part must be an object with a type")
    text = part.get("text")
    if kind in OF_WORDS and not isinstance(text, str):
        raise ValueError("a part of type 'text' must have a text")
    return sendable(str(text)) if kind in OF_WORDS else ""


def _stops(value: object) -> list[str]:
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise ValueError("neither a text nor a list of texts")
    if len(stops) > MOST_STOPS:
        raise ValueError(f"{len(stops)} stop words; give {MOST_STOPS} at most")
    return [clean for stop in stops if (clean := sendable(stop))]


class RequestMessage(BaseModel):
    """A message of the dialogue that a client sends; `content` are its words."""

    role: Annotated[
        Literal["system", "developer", "user", "assistant", "tool", "function"],
        BeforeValidator(clean),
    ]
    content: Annotated[str, BeforeValidator(words_in)] = ""
    tool_calls: Any = None
    function_call: Any = None

    @property
    def is_of_tools(self) -> bool:
        """Whether it calls a tool or is a tool's result; a twin has none."""
        return self.role in ("tool", "function") or bool(self.tool_calls or self.function_call)


class StreamOptions(BaseModel):
    include_usage: bool | None = None


Tokens = Annotated[int, Field(ge=1)]


class CompletionRequest(BaseModel):
    """The body of /v1/chat/completions. Fields that it doesn't have are ignored."""

    model_config = ConfigDict(allow_inf_nan=False)

    model: Words
    messages: Annotated[list[RequestMessage], Field(min_length=1), FailFast()]
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    stop: Annotated[list[str], BeforeValidator(_stops)] = []
    seed: int | None = Field(default=None, ge=-INT64, lt=INT64)
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @property
    def said(self) -> list[RequestMessage]:
        """The messages but those of tools."""
        return [message for message in self.messages if not message.is_of_tools]

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and bool(self.stream_options.include_usage)


def read_request(body: bytes) -> tuple[CompletionRequest, list[str]]:
    """The request in a body of JSON, and the fields that asked for what a twin can't do.

    Raises ApiError or RequestValidationError.
    """
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "the request can't be read: its body is not JSON in UTF-8") from error
    try:
        return CompletionRequest.model_validate(given), _left_out(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in found]
        ) from None


def _left_out(given: Mapping[str, object]) -> list[str]:
    return [
        name
        for name, harmless in LEFT_OUT.items()
        if given.get(name) not in (None, [], {}, *harmless)
    ]

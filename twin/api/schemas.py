"""Bodies of the REST API. Times are UTC milliseconds. Fields are added, never renamed."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from storage.chats import Mode
from storage.plain_text import sendable
from storage.values import MOST

Number = Annotated[int, Field(ge=1, le=MOST)]
ChatNumber = Annotated[int, Path(ge=1, le=MOST, description="The chat's number.")]
DraftNumber = Annotated[int, Path(ge=1, lt=10**15, description="The draft's number.")]
RunNumber = Annotated[int, Path(ge=1, le=MOST, description="The run's number.")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Offset = Annotated[int, Query(ge=0, le=MOST, description="How many to pass over.")]
Before = Annotated[
    int | None, Query(ge=1, le=MOST, description="Only what comes before this number.")
]


def clean(value: object) -> object:
    """Text without what no text can hold: control characters and halves of characters."""
    return sendable(value) if isinstance(value, str) else value


Words = Annotated[str, BeforeValidator(clean)]


class ResponseBody(BaseModel):
    """Base of responses. If one fails validation, its content stays out of the log."""

    model_config = ConfigDict(from_attributes=True, hide_input_in_errors=True)


class RequestBody(BaseModel):
    """Base of requests. An unknown field is refused: a misspelt one would be ignored silently."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ErrorBody(ResponseBody):
    """What was given, why it fails and what to do, in one line."""

    error: str


class DoneBody(ResponseBody):
    """What was done, in one line."""

    done: str


class ConsentBody(ResponseBody):
    """What you recorded about learning from a chat."""

    by: str = Field(description="Who agreed, or withdrew it.")
    agreed: bool
    at: int


class ChatBody(ResponseBody):
    """A conversation on a platform."""

    id: int
    platform: str
    name: str
    kind: str = Field(description="direct, group or self: your chat with yourself.")
    mode: Mode = Field(
        description="off: not even logged. log: logged only. draft: waits for you. auto."
    )
    paused_until: int | None = Field(description="The twin is silent there until then.")
    note: str | None = Field(description="What the twin is told about this friend.")
    same_friend: list[int] = Field(description="The numbers of other chats with this friend.")
    consent: ConsentBody | None


class ListedChatBody(ChatBody):
    last_message_at: int | None


class ChatsBody(ResponseBody):
    chats: list[ListedChatBody]
    total: int = Field(description="How many match, on all pages.")


class PersonBody(ResponseBody):
    """A friend with several chats; each is a conversation with a mode of its own."""

    chats: list[int] = Field(description="The numbers of the chats.")
    note: str | None


class PeopleBody(ResponseBody):
    people: list[PersonBody]


def whole(value: object) -> object:
    """5.0 as 5: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class LinkedChats(RequestBody):
    """Two chats with one friend."""

    chats: list[Annotated[Number, BeforeValidator(whole)]] = Field(min_length=2, max_length=2)
    note: Words | None = Field(
        default=None, max_length=2_000, description="Left out: the one that there is."
    )


class ChatChange(RequestBody):
    """A field that is left out stays as it is."""

    mode: Mode | None = None
    note: Words | None = Field(default=None, max_length=2_000)


class Pause(RequestBody):
    minutes: Annotated[int | None, BeforeValidator(whole)] = Field(
        default=None, ge=1, lt=10**6, description="Left out: until the pause is ended."
    )


class MessageBody(ResponseBody):
    id: int
    origin: Literal["peer", "owner", "twin"] = Field(description="Who wrote it.")
    kind: str
    text: str
    sent_at: int
    recalled_at: int | None
    sender: str | None = Field(description="The friend's name.")
    earlier: list[str] = Field(description="What it said before it was changed, oldest first.")
    media_text: str | None = Field(
        description="What a machine read or heard in its file; null where nothing tried."
    )
    media_description: str | None = Field(description="What a machine saw in its file.")
    media_confirmed: bool = Field(description="Whether you said that the text is right.")


class MessagesBody(ResponseBody):
    """Newest first. The last one's number is `before` of the next page."""

    messages: list[MessageBody]


class FoundMessageBody(MessageBody):
    chat: int = Field(description="The chat's number.")
    chat_name: str


class FoundMessagesBody(ResponseBody):
    """Newest first. The last one's number is `before` of the next page."""

    messages: list[FoundMessageBody]


class ShownMessageBody(ResponseBody):
    """A message that the twin was shown before it replied."""

    id: int
    chat_id: int = Field(description="Another chat with the same friend may have it.")
    sent_at: int
    text: str


class SaidBody(ResponseBody):
    text: str = Field(description="Of a sticker, its mark.")
    state: str = Field(description="pending, sent, draft, cancelled and so on.")
    sticker_of: int | None = Field(description="Of a sticker: when you sent it yourself.")


class DecisionBody(ResponseBody):
    """Why a friend's messages were answered or not."""

    decided_at: int
    asked: list[str] = Field(description="What the friend wrote, a message each.")
    reason: str
    said: list[SaidBody]
    memory: list[ShownMessageBody] = Field(description="What the twin was shown of earlier.")


class DecisionsBody(ResponseBody):
    """The latest first."""

    decisions: list[DecisionBody]


class DraftBody(ResponseBody):
    """A reply that waits for your approval."""

    number: int
    chat_id: int
    chat_name: str
    asked: str = Field(description="What the friend wrote last.")
    lines: list[str] = Field(description="What would be sent, each line a message.")
    created_at: int
    memory: list[ShownMessageBody] = Field(description="What the twin was shown of earlier.")


class DraftsBody(ResponseBody):
    drafts: list[DraftBody]


class DraftEdit(RequestBody):
    text: Words = Field(
        min_length=1,
        max_length=4_000,
        description="Your words instead; each line is a message. A sticker's mark sends it.",
    )


class RunBody(ResponseBody):
    """A training run, or the reason why there was none."""

    id: int
    state: str = Field(description="running, done, failed or skipped.")
    reason: str
    error: str | None
    started_at: int
    heartbeat_at: int | None
    finished_at: int | None
    night: str | None = Field(description="The date for which the schedule wanted it.")
    attempts: int
    result: dict[str, Any] | None = Field(description="Scores and verdict of a finished run.")


class RunsBody(ResponseBody):
    """Newest first. The last one's number is `before` of the next page."""

    runs: list[RunBody]


class CurvePoint(ResponseBody):
    step: int
    value: float


class RunWithCurveBody(RunBody):
    loss: list[CurvePoint] = Field(description="The training loss by step.")


class AdapterBody(ResponseBody):
    """An adapter that a run trained."""

    name: str
    status: str = Field(description="candidate, live, retired, rejected or pruned.")
    base_model: str
    rules: str
    run_id: int | None
    created_at: int
    promoted_at: int | None
    memory: bool = Field(description="Whether it is shown what was said earlier, as in training.")
    forgotten_at: int | None = Field(
        description="When a chat that it was trained on was forgotten."
    )
    verdict: dict[str, Any] | None = Field(description="The gate's verdict with its reasons.")


class AdaptersBody(ResponseBody):
    adapters: list[AdapterBody]

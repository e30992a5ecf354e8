"""The REST API's words. Times are UTC milliseconds. Fields are added, never renamed or removed."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from storage.chats import Mode
from storage.numbers import MOST

Number = Annotated[int, Field(ge=1, le=MOST)]
ChatNumber = Annotated[int, Path(ge=1, le=MOST, description="The chat's number.")]
DraftNumber = Annotated[int, Path(ge=1, lt=10**15, description="The draft's number.")]
RunNumber = Annotated[int, Path(ge=1, le=MOST, description="The run's number.")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Offset = Annotated[int, Query(ge=0, le=MOST, description="How many to pass over.")]
Before = Annotated[
    int | None, Query(ge=1, le=MOST, description="Only what comes before this number.")
]


class Record(BaseModel):
    """An answer. Should one ever not fit, its words are kept out of the log."""

    model_config = ConfigDict(from_attributes=True, hide_input_in_errors=True)


class Wish(BaseModel):
    """A body. A misspelt field is refused: it would be ignored without a word otherwise."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(Record):
    """What was given, why it fails and what to do, in one line."""

    error: str


class Done(Record):
    """What was done, in one line."""

    done: str


class Chat(Record):
    """A conversation on a platform."""

    id: int
    platform: str
    name: str
    kind: str = Field(description="direct, group or self: your chat with yourself.")
    mode: Mode = Field(description="off: not even logged. log. draft: waits for you. auto.")
    paused_until: int | None = Field(description="The twin is silent there until then.")
    note: str | None = Field(description="What the twin is told about this friend.")


class ListedChat(Chat):
    last_message_at: int | None


class Chats(Record):
    chats: list[ListedChat]
    total: int = Field(description="How many match, on all pages.")


class ChatChange(Wish):
    """What is left out stays as it is."""

    mode: Mode | None = None
    note: str | None = Field(default=None, max_length=2_000)


def _whole(value: object) -> object:
    """JSON knows one kind of number: 5.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Pause(Wish):
    minutes: Annotated[int | None, BeforeValidator(_whole)] = Field(
        default=None, ge=1, lt=10**6, description="Left out: until it is lifted."
    )


class Message(Record):
    id: int
    origin: Literal["peer", "owner", "twin"] = Field(description="Who said it.")
    kind: str
    text: str
    sent_at: int
    recalled_at: int | None
    sender: str | None = Field(description="The friend's name.")


class Messages(Record):
    """Newest first. The last one's number is `before` of the next page."""

    messages: list[Message]


class Draft(Record):
    """A reply that waits for your word."""

    number: int
    chat_id: int
    chat_name: str
    asked: str = Field(description="What the friend wrote last.")
    lines: list[str] = Field(description="What would be sent, each line a message.")
    created_at: int


class Drafts(Record):
    drafts: list[Draft]


class DraftEdit(Wish):
    text: str = Field(
        min_length=1, max_length=4_000, description="Your words instead; each line is a message."
    )


class Run(Record):
    """A training run, or the reason for none."""

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


class Runs(Record):
    """Newest first. The last one's number is `before` of the next page."""

    runs: list[Run]


class Point(Record):
    step: int
    value: float


class RunWithCurve(Run):
    loss: list[Point] = Field(description="The training loss by step.")


class Adapter(Record):
    """What a run learnt."""

    name: str
    status: str = Field(description="candidate, live, retired, rejected or pruned.")
    base_model: str
    rules: str
    run_id: int | None
    created_at: int
    promoted_at: int | None
    forgotten_at: int | None = Field(description="When a chat that it learnt from was forgotten.")
    verdict: dict[str, Any] | None = Field(description="The gate's word with its reasons.")


class Adapters(Record):
    adapters: list[Adapter]

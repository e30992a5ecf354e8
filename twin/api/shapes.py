"""What OpenAI's clients send and expect, as far as a twin can serve it. The rest is ignored."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator

MOST_STOPS = 4
INT64 = 2**63


class Part(BaseModel):
    type: Literal["text"]
    text: str


class Said(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    include_usage: bool = False


Stop = Annotated[str, Field(min_length=1)]
Tokens = Annotated[int, Field(ge=1)]


class Asked(BaseModel):
    """The body of /v1/chat/completions."""

    model: str
    messages: list[Said] = Field(min_length=1)
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    stop: Stop | list[Stop] | None = None
    seed: int | None = Field(default=None, ge=-INT64, lt=INT64)
    n: Literal[1] | None = None
    logprobs: Literal[False] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    response_format: dict[str, Any] | None = None

    @field_validator("stop")
    @classmethod
    def _few(cls, value: str | list[str] | None) -> list[str]:
        stops = [value] if isinstance(value, str) else value or []
        if len(stops) > MOST_STOPS:
            raise ValueError(f"{len(stops)} stop words; give {MOST_STOPS} at most")
        return stops

    @field_validator("response_format")
    @classmethod
    def _text(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value and value.get("type") != "text":
            raise ValueError("a twin writes text alone; leave response_format out")
        return value

    @property
    def stops(self) -> list[str]:
        return list(self.stop or [])

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage

"""The settings of what the bot is reached through."""

import os
from typing import Annotated

from pydantic import Field

from twin.section import Count, Positive, Section, Word

WECHATY_TOKEN = "TWIN_WECHATY_TOKEN"


class Web(Section):
    enabled: bool = True
    host: str = Field(default="127.0.0.1", min_length=1)
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    names: tuple[Word, ...] = Field(default=(), strict=False)
    rate_per_minute: Count = 20
    max_chars: Count = 2000
    dashboard: bool = True
    session_hours: Positive = 24.0


class Api(Section):
    enabled: bool = True
    requests_per_minute: Count = 60
    max_concurrent: Count = 4
    max_body_kb: Count = 256
    max_tokens: Count = 256
    timeout_seconds: Positive = 120.0
    other_models: bool = True


class Console(Section):
    enabled: bool = False


class Wechaty(Section):
    enabled: bool = False
    endpoint: str = Field(default="127.0.0.1:9001", pattern=r"^\S+:\d{1,5}$")
    token: str = Field(default="", repr=False)
    watchdog_seconds: Positive = 120.0
    media_mb: Annotated[float, Field(ge=0)] = 20.0

    @property
    def secret(self) -> str:
        """The token; the environment's goes before the file's."""
        return os.environ.get(WECHATY_TOKEN, "") or self.token


class Connectors(Section):
    wechaty: Wechaty = Wechaty()

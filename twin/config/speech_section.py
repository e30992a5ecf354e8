"""The section [speech]: a server that speaks the twin's answers to voices."""

from typing import Annotated

from pydantic import AfterValidator, Field

from twin.config.engine_section import server_address
from twin.config.section import Section
from twin.config.values import Positive


class SpeechSettings(Section):
    """Without a server nothing is spoken."""

    server: Annotated[str, AfterValidator(server_address)] = ""
    model: str = Field(default="tts-1", min_length=1)
    voice: str = ""
    timeout_seconds: Positive = 20.0
    plain_http: bool = False

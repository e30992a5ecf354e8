"""The section [media]: what is read in the files of messages, and what follows from it."""

from typing import Annotated, Literal

from pydantic import Field

from twin.config.section import Section
from twin.config.values import Count, CountOrZero, FilePath


class MediaSettings(Section):
    """Nothing is read whose optional part is not installed."""

    read: bool = True
    whisper: FilePath = ""
    language: str = Field(default="auto", pattern=r"^(auto|[a-z]{2,3})$")
    describe: bool = False
    wait_seconds: Annotated[float, Field(ge=0, le=600)] = 30.0
    unread: Literal["auto", "answer", "draft"] = "auto"
    own_voices: bool = False
    import_mb: CountOrZero = 2000
    import_file_mb: Count = 32

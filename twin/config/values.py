"""What values of settings may be."""

from typing import Annotated

from pydantic import Field

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
CountOrZero = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
# An empty word is in every message, and a blank one in most.
Word = Annotated[str, Field(pattern=r"\S")]
FilePath = Annotated[str, Field(pattern=r"^[^\x00]*$")]  # no system takes a NUL in one
Temperature = Annotated[float, Field(ge=0, le=5)]
TopP = Annotated[float, Field(gt=0, le=1)]
Candidates = Annotated[int, Field(ge=1, le=8)]
TIME = r"([01]\d|2[0-3]):[0-5]\d"
HOST = r"^([^\s\x00-\x1f-][^\s\x00-\x1f]*)?$"  # not an option of ssh
QUIET_HOURS = f"^({TIME}-{TIME})?$"


def with_only(value: str, *names: str) -> str:
    """The text, if it has no other placeholders than these."""
    try:
        value.format(**dict.fromkeys(names, ""))
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{name}}}" for name in names)
        are = f"placeholders are {known}" if len(names) > 1 else f"only placeholder is {known}"
        raise ValueError(f"the {are}; write {{{{ and }}}} for braces") from error
    return value

"""What every section of the settings is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
CountOrZero = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
# An empty word is in every message, and a blank one in most.
Word = Annotated[str, Field(pattern=r"\S")]
TIME = r"([01]\d|2[0-3]):[0-5]\d"
QUIET_HOURS = f"^({TIME}-{TIME})?$"


class Section(BaseModel):
    """A misspelt key must be an error: a setting that is silently ignored misleads its owner."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_default=True, allow_inf_nan=False
    )


def with_only(value: str, *names: str) -> str:
    """The text, if it has no other placeholders than these."""
    try:
        value.format(**dict.fromkeys(names, ""))
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{name}}}" for name in names)
        are = f"placeholders are {known}" if len(names) > 1 else f"only placeholder is {known}"
        raise ValueError(f"the {are}; write {{{{ and }}}} for braces") from error
    return value

"""The instruction that opens every conversation, in training and in answering."""

from datetime import datetime, tzinfo

from twin.config import Owner

UNNAMED = "the owner of this account"


def persona(
    owner: Owner,
    friend: str = "",
    note: str | None = None,
    at: int | None = None,
    zone: tzinfo | None = None,
) -> str:
    """[owner] persona for a conversation with that friend which began at `at` (UTC milliseconds).

    A line about something that is not known is left out. The time is the full hour, as in "21:00":
    to the minute, no two conversations would be alike.
    """
    began = "" if at is None else f"{datetime.fromtimestamp(at / 1000, tz=zone):%H}:00"
    values = {
        "name": owner.name or UNNAMED,
        "friend": friend,
        "note": " ".join((note or "").split()),
        "time": began,
    }
    unknown = [f"{{{name}}}" for name, value in values.items() if not value]
    lines = owner.persona.split("\n")
    known = [line for line in lines if not any(name in line for name in unknown)]
    return "\n".join(line.format(**values) for line in known).strip()

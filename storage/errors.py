"""The exceptions of the program. A message states value, cause and remedy in one line.

They are defined in the lowest layer so that every other can raise them.
"""


class TwinError(Exception):
    """Something failed that the user can understand and mend. Exit code 1.

    `reason` is a code, or "code: value", as in `storage.reasons`. The owner's pages translate it;
    without one they show the message, translated where it is a `storage.texts.Text`.
    """

    exit_code = 1

    def __init__(self, message: str = "", *, reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


class InputError(TwinError):
    """The user gave something that can't be used: a file, a name, a setting. Exit code 2."""

    exit_code = 2


def cause_of(error: Exception, most: int | None = 200) -> str:
    """What an error of others says, on one line of at most `most` characters; perhaps nothing."""
    return " ".join(str(error).split())[:most]

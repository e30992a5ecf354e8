"""The one exception root. A message states the value, the cause and the remedy, in one line.

It lives at the bottom of the dependency arrow so that every layer can raise it.
"""


class TwinError(Exception):
    """Something failed that the user can understand and mend. Exit code 1.

    `reason` is the message for a table: a code, or "code: value" as in `storage.reasons`. The
    owner's pages word it in his language; without one they show the message.
    """

    exit_code = 1

    def __init__(self, message: str = "", *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class InputError(TwinError):
    """The user gave something that can't be used: a file, a name, a setting. Exit code 2."""

    exit_code = 2

"""The one exception root. A message states the value, the cause and the remedy, in one line.

It lives at the bottom of the dependency arrow so that every layer can raise it.
"""


class TwinError(Exception):
    """Something failed that the user can understand and mend. Exit code 1."""

    exit_code = 1


class InputError(TwinError):
    """The user gave something that can't be used: a file, a name, a setting. Exit code 2."""

    exit_code = 2

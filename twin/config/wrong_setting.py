"""What is wrong with a setting, in one line."""

from pydantic import ValidationError

from storage.errors import InputError

_LIMITS = ("ge", "gt", "le", "lt", "expected")  # what pydantic says a value must keep to


class WrongSetting(InputError):
    """`key` has a value that it can't have. The reason's code is pydantic's type of the error."""

    def __init__(self, message: str, key: str, reason: str) -> None:
        super().__init__(message, reason=reason)
        self.key = key


def wrong_setting(error: ValidationError, where: str = "") -> WrongSetting:
    """The first of the errors that pydantic found. `where`: said before it."""
    first = error.errors()[0]
    kind, context = first["type"], first.get("ctx", {})
    key = ".".join(str(part) for part in first["loc"])
    limit = next((context[name] for name in _LIMITS if name in context), None)
    reason = kind if limit is None else f"{kind}: {limit}"
    if kind == "extra_forbidden":
        told = f"{key}: not a setting; see config.toml for all of them"
    else:
        said = first["msg"].removeprefix("Value error, ")
        told = f"{key} = {_shown(key, first['input'])}: {said[0].lower()}{said[1:]}"
    return WrongSetting(where + told, key, reason)


def _shown(key: str, value: object) -> str:
    """The value, unless it is a secret or holds one: errors end up in logs."""
    names_somebody = isinstance(value, str) and "://" in value and "@" in value
    is_secret = key.rpartition(".")[2] == "token" or isinstance(value, dict) or names_somebody
    return "…" if is_secret else repr(value)

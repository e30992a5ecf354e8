"""Describe every setting for a form: kind, choices, explanation."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Comment, Whitespace

from storage.errors import InputError
from storage.reasons import ErrorReason
from twin.config.edit import FIELDS, why_fixed
from twin.config.schema import Config
from twin.config.setting_names import FIRST, NAMES
from twin.places import SHIPPED_SETTINGS

# What is typed: on or off, one of a few, a number (whole or not), a line, or several lines, which
# are a list or one text.
Kind = Literal["switch", "choice", "whole", "number", "line", "list", "text"]
_LONG = {"owner.persona"}
_UNIONS = (Union, UnionType)  # the first where one of the two is a Literal, before Python 3.14


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    title: what it is called in English, with its unit; translations are found by the key.
    is_first: it is one of the settings that most people look for.
    choices: the words that it may be; of a number, those it may be instead.
    note: its explanation, a connector's or else the comment in the file that came with the program.
    fixed: why only the file may change it.
    """

    key: str
    title: str
    is_first: bool
    kind: Kind
    default: Any
    choices: tuple[str, ...]
    note: str
    fixed: str | None

    @property
    def section(self) -> str:
        return self.key.rpartition(".")[0]

    @property
    def name(self) -> str:
        return self.key.rpartition(".")[2]

    @property
    def is_secret(self) -> bool:
        return self.name == "token"

    def value_in(self, config: Config) -> Any:
        value: Any = config
        for part in self.key.split("."):
            value = getattr(value, "import_" if part == "import" else part)
        return value

    def typed(self, value: Any) -> str:
        """The value as text for the form."""
        if self.kind == "switch":
            return str(value).lower()
        return "\n".join(value) if self.kind == "list" else str(value)

    def read(self, typed: str | bool) -> Any:
        """The value that was typed. Raises InputError for what is no number."""
        if self.kind == "switch":
            return bool(typed)
        text = str(typed)
        if (word := text.strip().casefold()) in self.choices:  # beside numbers, too
            return word
        try:
            if self.kind == "whole":
                return int(text)
            if self.kind == "number":
                return float(text)
        except ValueError:
            raise InputError(
                f"{self.key} = {text!r}: not a number", reason=ErrorReason.NOT_A_NUMBER.of(text)
            ) from None
        if self.kind == "list":
            return [line.strip() for line in text.splitlines() if line.strip()]
        return text


@cache
def all_settings() -> tuple[Setting, ...]:
    """Every setting, in the order of the sections."""
    notes = shipped_notes()
    return tuple(
        Setting(
            key=key,
            title=field.title or NAMES.get(key, key),
            # Only a connector's fields have their name with them: it has few, so all come first.
            is_first=key in FIRST or bool(field.title),
            kind=_kind(key, field.annotation),
            default=field.get_default(),
            choices=_choices(field.annotation),
            note=field.description or notes.get(key, ""),
            fixed=why_fixed(key),
        )
        for key, field in FIELDS.items()
    )


def _choices(of: Any) -> tuple[str, ...]:
    """The words that it may be."""
    if get_origin(of) in _UNIONS:  # a number or a word
        return _choices(get_args(of)[1])
    return tuple(map(str, get_args(of))) if get_origin(of) is Literal else ()


def _kind(key: str, of: Any) -> Kind:
    if get_origin(of) in (*_UNIONS, Annotated):  # within its bounds
        return _kind(key, get_args(of)[0])
    if get_origin(of) is Literal:
        return "choice"
    if get_origin(of) is tuple:
        return "list"
    kinds: dict[Any, Kind] = {bool: "switch", int: "whole", float: "number"}
    return kinds.get(of, "text" if key in _LONG else "line")


def shipped_notes() -> dict[str, str]:
    """Setting → the comment above it in the file that came with the program."""
    try:
        document = tomlkit.parse(SHIPPED_SETTINGS.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, TOMLKitError):
        return {}  # settings can be changed without notes too
    return dict(_notes_in(document.body, ""))


def _notes_in(body: list[Any], within: str) -> Iterator[tuple[str, str]]:
    said: list[str] = []
    for key, item in body:
        if isinstance(item, Comment):
            said.append(item.as_string().strip().lstrip("# "))
        elif isinstance(item, Whitespace):
            said.clear()
        elif key is not None:
            name = within + key.key
            if hasattr(item, "value") and hasattr(item.value, "body"):
                yield from _notes_in(item.value.body, f"{name}.")
            else:
                yield name, " ".join(said)
            said.clear()

"""Change settings in `config.toml` and leave everything else in it as the owner wrote it."""

import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import tomlkit
from pydantic.fields import FieldInfo
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, Array, Item, String

from storage.atomic_files import write_bytes
from storage.errors import InputError, TwinError
from storage.reasons import ErrorReason
from storage.values import encodable
from twin.config.connector_sections import connector_sections
from twin.config.file_lock import only_writer
from twin.config.load import DEFAULT_FILE, FullConfig, parse_config
from twin.config.schema import Config
from twin.config.section import Section
from twin.places import SHIPPED_SETTINGS

_BOM = "\ufeff"
_LOCKED_OUT = "a mistake there shuts you out of your own pages, or lets others in"
_NO_START = "the bot can't start with a model that can't be loaded, and some run code of their own"
_PROMPTS = "friends' messages go to that server, and its key with them"
_ANSWERS = "the twin's answers go to that server, and its key with them"
_ELSEWHERE = "which machine gets your samples is decided at this one itself"
_BACKUPS = "what is written where, and read, is decided at the machine itself"
# What can be changed in the file alone, by section or key: nobody may do it who merely finds a
# page open, and a mistake could not be corrected on the page.
FILE_ONLY: Mapping[str, str] = {
    "paths": "another folder is another twin; move the data yourself",
    "model": _NO_START,
    "engine": _PROMPTS,
    "speech.server": _ANSWERS,
    "speech.plain_http": _ANSWERS,
    "train.on": _ELSEWHERE,
    "train.on_command": _ELSEWHERE,
    "backup.folder": _BACKUPS,
    "backup.passphrase_file": _BACKUPS,
    "backup.secrets": _BACKUPS,
    "web.enabled": _LOCKED_OUT,
    "web.host": _LOCKED_OUT,
    "web.port": _LOCKED_OUT,
    "web.names": _LOCKED_OUT,
    "web.proxies": _LOCKED_OUT,
    "web.dashboard": _LOCKED_OUT,
} | {
    f"{connector.section}.{name}": reason
    for connector in connector_sections()
    for name, reason in connector.file_only.items()
}


def _fields(model: type[Section], within: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        key, of = within + (field.alias or name), field.annotation
        if isinstance(of, type) and issubclass(of, Section):
            yield from _fields(of, f"{key}.")
        elif within:
            yield key, field


# Each setting under its key, in the order of the sections.
FIELDS: Mapping[str, FieldInfo] = dict(_fields(FullConfig))


def why_fixed(key: str) -> str | None:
    """Why that setting can be changed in the file alone; None where the page may change it."""
    return FILE_ONLY.get(key) or FILE_ONLY.get(key.partition(".")[0])


def change(path: Path, changes: Mapping[str, Any], checked: Collection[str] = ()) -> Config:
    """Write settings, as in {"schedule.retrain_at": "04:00"}. Returns what the file says now.

    Comments and layout stay; only the comment beside a removed entry of a list goes with it. Raises
    InputError and leaves the file alone when a value is wrong or is changed in the file alone, but
    for those in `checked`: the caller made sure that the value does no harm.
    """
    _may_be_changed(path, changes, checked)
    return _change(path, lambda _: changes)


def change_value(path: Path, key: str, changed: Callable[[Config], Any]) -> Config:
    """As `change`, for a value that is made of those in the file, such as a longer list."""
    _may_be_changed(path, [key])
    return _change(path, lambda config: {key: changed(config)})


def _may_be_changed(path: Path, keys: Iterable[str], checked: Collection[str] = ()) -> None:
    for key in keys:
        if key not in FIELDS:
            raise InputError(f"{key}: not a setting; see config.toml for all of them")
        reason = why_fixed(key)
        if reason is not None and key not in checked:
            raise InputError(f"{key}: can only be changed in {path}: {reason}")


def _change(path: Path, changes_of: Callable[[Config], Mapping[str, Any]]) -> Config:
    path = path.resolve()  # a link stays one
    with only_writer(path):
        before = _read(path)
        # An error of before is no error of the change.
        config = parse_config(before.removeprefix(_BOM), path)
        after = _changed(path, before, changes_of(config))
        if after == before:
            return config
        config = parse_config(after.removeprefix(_BOM), path)
        _replace(path, after.encode("utf-8"))
        return config


def _changed(path: Path, text: str, changes: Mapping[str, Any]) -> str:
    """The text, which is valid TOML, with the changes in it. Raises InputError."""
    bare = text.removeprefix(_BOM)
    try:
        document = tomlkit.parse(bare)
        for key, value in changes.items():
            *sections, name = key.split(".")
            _put(_section(document, sections), name, _plain(value))
        after = tomlkit.dumps(document)
        written = tomllib.loads(after)
    except (TOMLKitError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"{path}: can't write {', '.join(changes)} there ({type(error).__name__}); "
            "change it in the file"
        ) from error
    if written != _with(tomllib.loads(bare), changes):
        raise InputError(
            f"{path}: can't write {', '.join(changes)} without changing more; change it in the file"
        )
    return text[: len(text) - len(bare)] + after


def _section(document: tomlkit.TOMLDocument, names: Sequence[str]) -> Any:
    """The table of that name, made at the end where the file has none."""
    table: Any = document
    for name in names:
        if name not in table:
            table[name] = tomlkit.table(is_super_table=name != names[-1])
        table = table[name]
    return table


def _put(table: Any, name: str, value: Any) -> None:
    old = table.get(name)
    if old is None:
        _append(table, name, value)
    elif isinstance(old, Array) and isinstance(value, list):
        _edit(old, value)
    elif old != value or type(_plain(old)) is not type(value):
        lines = isinstance(value, str) and "\n" in value
        table[name] = _paragraph(value) if lines else value


def _append(table: Any, name: str, value: Any) -> None:
    """Behind the section's last setting, not behind what stands before the next section."""
    body = _body(table)
    end: list[Any] = []
    while body and body[-1][0] is None:
        end.insert(0, body.pop())
    table[name] = value
    body += end


def _body(table: Any) -> list[Any]:
    if isinstance(table, AbstractTable):
        return table.value.body
    return table.body if isinstance(table, Container) else []


def _edit(array: Array, wanted: Sequence[Any]) -> None:
    """Entry by entry: a comment beside one that stays does too."""
    for at, value in enumerate(wanted):
        while at < len(array) and array[at] not in wanted[at:]:
            del array[at]
        if at == len(array) or array[at] != value:
            array.insert(at, value)
    while len(array) > len(wanted):
        del array[-1]


def _paragraph(text: str) -> String:
    """With its lines as lines, the first one below the quotes."""
    # A bare carriage return would be read as a line feed, or not at all.
    written = tomlkit.string(text, multiline=True).as_string().replace("\r", "\\r")
    below = written if written[3] == "\n" else written[:3] + "\n" + written[3:]
    return cast(String, tomlkit.value(below))


def _plain(value: Any) -> Any:
    if isinstance(value, Item):
        return value.unwrap()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return encodable(value) if isinstance(value, str) else value


def _with(values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in changes.items():
        *sections, name = key.split(".")
        table = values
        for section in sections:
            table = table.setdefault(section, {})
        table[name] = _plain(value)
    return values


def _read(path: Path) -> str:
    try:
        # As bytes: reading text would make all line ends the same.
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        if path == DEFAULT_FILE.resolve():
            return _shipped()
        raise InputError(f"{path}: there is no such file to keep the settings in") from None
    except OSError as error:
        raise InputError(f"{path}: can't read the settings ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8; save the file as UTF-8") from error


def _shipped() -> str:
    """What a new file begins with: every setting as it is without one, and its comments."""
    try:
        return SHIPPED_SETTINGS.read_text(encoding="utf-8")
    except OSError:
        return ""


def _replace(path: Path, content: bytes) -> None:
    """All or nothing, and for the same readers as before."""
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        write_bytes(path, content, mode=mode)
    except OSError as error:
        raise TwinError(
            f"{path}: can't keep the settings ({error.strerror}); "
            "check that the folder is writable and the disk has room",
            reason=ErrorReason.CANT_KEEP_SETTINGS.of(error.strerror),
        ) from error

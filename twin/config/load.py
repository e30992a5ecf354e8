"""Read `config.toml` into settings, the connectors' among them."""

import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError, create_model

from storage.errors import InputError
from twin.config.connector_sections import connector_sections
from twin.config.schema import Config
from twin.config.section import Section
from twin.config.wrong_setting import wrong_setting
from twin.places import default_settings

DEFAULT_FILE = default_settings()


def _with_connectors() -> type[Config]:
    """`Config` with a field for each connector's section."""
    fields: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for connector in connector_sections():
        group, _, name = connector.section.rpartition(".")
        fields[group][name] = (connector.settings, connector.settings())
    top = fields.pop("")
    for group, members in fields.items():
        model = create_model(group, __base__=Section, **members)
        top[group] = (model, model())
    return create_model("Config", __base__=Config, **top)


FullConfig = _with_connectors()


def load_config(path: Path = DEFAULT_FILE) -> Config:
    """Read the settings. The default file may be missing; a file that was asked for may not.

    Raises InputError naming the key, the value and what is expected.
    """
    return parse_config(_read(path), path)


def parse_config(text: str, path: Path) -> Config:
    """The settings of a file with that text. Raises InputError as `load_config` does."""
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML ({error}); correct that line") from error
    for reserved in ("path", "data"):
        if reserved in values:
            raise InputError(f"{path}: {reserved}: not a setting; see config.toml for all of them")
    file = path.resolve()
    values |= {"path": file, "data": file.parent}
    try:
        config = FullConfig.model_validate(values)
    except ValidationError as error:
        raise wrong_setting(error, f"{path}: ") from None
    return config.model_copy(update={"data": (file.parent / config.paths.data).resolve()})


def _read(path: Path) -> str:
    try:
        if not path.exists() and path.resolve() == DEFAULT_FILE.resolve():
            return ""
        # utf-8-sig: editors on Windows put a byte order mark in front
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(
            f"{path}: can't read the settings ({error.strerror}); give an existing file to --config"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8; save the file as UTF-8") from error

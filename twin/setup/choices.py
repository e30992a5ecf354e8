"""Write what the owner chose in the set-up into config.toml."""

from pathlib import Path
from typing import Any

from storage.atomic_files import write_bytes
from storage.errors import InputError, TwinError
from storage.plain_text import is_visible, sendable
from storage.texts import Text
from twin.config.connector_sections import ConnectorSection
from twin.config.edit import change
from twin.config.file_lock import only_writer
from twin.config.load import DEFAULT_FILE, load_config, parse_config
from twin.config.schema import Config
from twin.connectors.base import ConnectorFolder, connector_folders
from twin.engine.bases.known import find_known
from twin.engine.bases.sources import revision_of
from twin.language import Language
from twin.setup.steps import FRIENDS_PAGE

LONGEST_NAME = 100


def create_settings(path: Path) -> None:
    """Begin with the settings as they come with the program, where there is no file yet."""
    if path.exists() or path.resolve() == DEFAULT_FILE.resolve():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with only_writer(path):
            if not path.exists():  # another set-up may have begun
                write_bytes(path, _as_shipped(), mode=0o600)
    except OSError as error:
        raise TwinError(
            Text(
                "{path}: can't keep the settings there ({cause}); give another file to --config",
                path=path,
                cause=error.strerror,
            )
        ) from error


def _as_shipped() -> bytes:
    """The file that came with the program, unless its owner changed settings of theirs in it."""
    shipped = DEFAULT_FILE.read_bytes() if DEFAULT_FILE.exists() else b""
    where = {"path", "data"}
    as_it_is = parse_config(shipped.decode("utf-8-sig", "replace"), DEFAULT_FILE)
    usual = parse_config("", DEFAULT_FILE)
    is_usual = as_it_is.model_dump(exclude=where) == usual.model_dump(exclude=where)
    return shipped if is_usual else b""


def choose_name(path: Path, typed: str) -> Config:
    """The owner's name, in one line. Raises InputError for none, or one that is too long."""
    name = " ".join(sendable(typed).split())
    if not is_visible(name):
        raise InputError(Text("write your name, as your friends call you"))
    if len(name) > LONGEST_NAME:
        raise InputError(
            Text("a name of {n} characters: at most {most}", n=len(name), most=LONGEST_NAME)
        )
    return change(path, {"owner.name": name})


def choose_base(path: Path, base: str, hub: str | None = None) -> Config:
    """Write the base model, once a twin can be made of its files, which are here. Takes seconds.

    `hub`: where it was fetched from. Raises TwinError for one that can't be used.
    """
    config = load_config(path)
    may_be_chosen(config, base)
    revision = revision_of(config, base)
    wanted = config.model.model_copy(update={"base": base, "revision": revision})
    _check(config.model_copy(update={"model": wanted}))
    changes = {"model.base": base} | ({"model.hub": hub} if hub else {})
    if revision != config.model.revision:  # it was another base's
        changes["model.revision"] = revision
    return change(path, changes, checked=changes)


def may_be_chosen(config: Config, base: str) -> None:
    """Raises InputError for one whose own code would run: that is chosen in the file alone.

    Nobody may choose it who merely finds a page open. The known ones are as their makers left them.
    """
    if config.model.trust_remote_code and base != config.model.base and find_known(base) is None:
        raise InputError(
            Text(
                "[model] trust_remote_code is on, so a base's own code would run: choose the base "
                "in {file}",
                file=config.path.name,
            )
        )


def _check(config: Config) -> None:
    from twin.engine.base_check import check_base  # it loads torch

    check_base(config)


def accounts_to_choose() -> list[ConnectorFolder[Any]]:
    """What can be connected besides the friends' page, and is of use to somebody new."""
    return [one for one in connector_folders() if one.name not in (FRIENDS_PAGE, "console")]


def about_account(account: ConnectorSection[Any], language: Language) -> str:
    """What it is, in that language."""
    note = account.settings.model_fields["enabled"].description or ""
    return language.find_note(f"{account.section}.enabled") or note


def switch_account(path: Path, account: ConnectorSection[Any], *, on: bool) -> Config:
    """Connect there from the next start on, or not any more."""
    return change(path, {f"{account.section}.enabled": on})

"""Delete what a forgotten chat leaves outside of the tables: files, reports, checkpoints, pages."""

import contextlib
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from storage import chat_deletion
from storage.chat_deletion import Forgotten, forget_chat, wipe
from storage.consent import withdraw_consent
from storage.database import now_ms, open_database
from storage.message_files import media_files
from storage.unfinished_import import ImportGoing, no_import_meanwhile
from training.artifacts import FOLDER, KEPT_SCORES, clear_away, runs_folder
from training.remote.leftovers import end_leftovers
from training.report.report_files import reports_folder
from training.scheduling.lifecycle import no_run_meanwhile
from twin.config.schema import Config
from twin.connectors.base import connector_folders
from twin.engine.adapter_files import delete_forgotten
from twin.replying.rhythm import RHYTHM

log = logging.getLogger(__name__)

GOING = (
    "a training run is going and may have read the chat; it is thrown away at its end, "
    "and its checkpoints with it"
)


@dataclass(frozen=True, slots=True)
class ForgetOutcome:
    """`remains`: what could not be taken off the disk yet, a line each."""

    gone: Forgotten
    remains: list[str]


def forget(config: Config, chat_id: int) -> ForgetOutcome:
    """Forget a chat beside the running bot: takes seconds, with a connection of its own."""
    db = open_database(config.database, create=False)
    try:
        gone = forget_chat(db, chat_id)
        return ForgetOutcome(gone, finish_forgetting(config, db))
    finally:
        db.close()


@dataclass(frozen=True, slots=True)
class WithdrawOutcome:
    """`adapters`: the names of those that may have learnt from the chat; `remains` as above."""

    adapters: list[str]
    remains: list[str]


def withdraw(config: Config, chat_id: int, by: str | None = None) -> WithdrawOutcome:
    """Withdraw the consent to learn from a chat, as `forget` does it and as slow.

    The messages stay; adapters and reports that have something of them go.
    """
    db = open_database(config.database, create=False)
    try:
        adapters = withdraw_consent(db, chat_id, by, now_ms())
        return WithdrawOutcome(adapters, finish_forgetting(config, db))
    finally:
        db.close()


def finish_forgetting(config: Config, db: Database) -> list[str]:
    """Take every trace of forgotten chats off the disk; what could not be, a line each.

    Safe to be called again: what is gone is passed over.
    """
    if not chat_deletion.is_unfinished(db):
        return _delete_adapters(config, db)
    with no_run_meanwhile(config) as alone:
        return _finish(config, db, alone)


@contextlib.contextmanager
def finish_in_run(config: Config, db: Database) -> Iterator[None]:
    """Around a training run, under its lock: what was left before it, and what it leaves itself."""
    _finish_if_needed(config, db)
    try:
        yield
    finally:
        _finish_if_needed(config, db)


def _finish_if_needed(config: Config, db: Database) -> None:
    if chat_deletion.is_unfinished(db):
        for line in _finish(config, db, alone=True):
            log.warning("of a forgotten chat remains: %s", line)


def _finish(config: Config, db: Database, alone: bool) -> list[str]:
    """`alone`: no training run is going, so that its files may be deleted too."""
    until = chat_deletion.times_forgotten(db)
    remains = [*_delete_media(config, db), *_delete_adapters(config, db)]
    remains += _delete_rhythms(config)  # of all chats, whatever the adapter has learnt from
    remains += _delete(reports_folder(config))  # they quote chats
    remains += _lines(_unlink(config, config.path_of(KEPT_SCORES)))  # answers to them, too
    if alone:
        remains += [*_delete(runs_folder(config)), *end_leftovers(config)]
        clear_away(config, db)
    else:
        remains.append(GOING)
    hindered = wipe(db)
    if hindered:
        remains.append(f"free pages of {config.database.name} or its WAL: {hindered}")
    if not remains:
        chat_deletion.mark_finished(db, until)
    return remains


def _delete_adapters(config: Config, db: Database) -> list[str]:
    return [f"{folder} can't be deleted" for folder in delete_forgotten(config, db)]


def _delete_rhythms(config: Config) -> list[str]:
    """The next night learns them again; until then the twin answers at its own pace."""
    return _lines(*(_unlink(config, file) for file in config.path_of(FOLDER).glob(f"*/{RHYTHM}")))


def _delete(folder: Path) -> list[str]:
    shutil.rmtree(folder, ignore_errors=True)
    return [f"{folder} can't be deleted"] if folder.exists() else []


def _delete_media(config: Config, db: Database) -> list[str]:
    try:
        # An import may find that a file is there already, and link it.
        with no_import_meanwhile(db):
            return _delete_files(config, db)
    except ImportGoing as error:
        return [str(error)]


def _delete_files(config: Config, db: Database) -> list[str]:
    known = media_files(db)
    strays = (path for one in connector_folders() for path in one.stray_files(config.data, known))
    remains = [_unlink(config, stray) for stray in strays]
    for path in chat_deletion.files_to_delete(db):
        line = _unlink(config, config.path_of(path))
        if line is None:
            chat_deletion.file_is_gone(db, path)
        remains.append(line)
    return _lines(*remains)


def _lines(*why: str | None) -> list[str]:
    """Of what could not be deleted."""
    return [line for line in why if line is not None]


def _unlink(config: Config, file: Path) -> str | None:
    """Why the file is still there; None when it isn't."""
    try:
        if file.parent.resolve().is_relative_to(config.data.resolve()):
            file.unlink(missing_ok=True)
        elif file.exists():
            return f"{file} is not in the data folder; delete it yourself"
    except (OSError, ValueError) as error:
        return f"{file} can't be deleted ({error})"
    return None

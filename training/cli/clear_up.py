"""Undo or finish what a kill interrupted, before the bot starts again."""

from sqlite_utils import Database

from storage import chat_deletion, unfinished_import
from twin.cli import output
from twin.config.schema import Config


def clear_up(config: Config, db: Database) -> None:
    """Say what was done, a line each."""
    from training.forgetting import finish_forgetting

    if unfinished_import.undo_interrupted(db):
        output.hint("An import was interrupted; what it had written is taken out again.")
    if chat_deletion.is_unfinished(db):
        for line in finish_forgetting(config, db):
            output.hint(f"Left of a forgotten chat: {line}")

"""What forgetting chats still asks for, told to the owner."""

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.chat_deletion import files_to_delete, is_unfinished
from storage.runs import latest_run
from twin.diagnostics.findings import Check, problem
from twin.formatting import when


def notes_of_forgetting(db: Database) -> list[str]:
    """What `bot.py status` says: nothing when all is done."""
    found = (live_is_marked(db), what_is_left(db))
    return [f"{check.found}; {check.remedy}" for check in found if check is not None]


def live_is_marked(db: Database) -> Check | None:
    """That the adapter that answers learnt from a forgotten chat, and why it still does."""
    live = live_adapter(db)
    if live is None or live.forgotten_at is None:
        return None
    last = latest_run(db)
    if last is None or last.started_at < live.forgotten_at or last.state == "running":
        return problem("marked", adapter=live.name, time=when(live.forgotten_at))
    if last.state == "failed":
        return problem("marked_and_failed", adapter=live.name, run=last.id, error=last.error)
    return problem("marked_and_better", adapter=live.name, run=last.id)


def what_is_left(db: Database) -> Check | None:
    """That a forgotten chat is not yet off the disk."""
    if not is_unfinished(db):
        return None
    files = len(files_to_delete(db))
    return problem("files_left", files=files) if files else problem("traces")

"""What forgetting chats still asks for, told to the owner."""

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.forgotten import files_to_delete, is_unfinished
from storage.runs import latest_run
from twin.terminal import when

REPLACE = (
    "`bot.py train` replaces it now, the next night does so by itself; "
    "`bot.py chats forget --drop-adapters` lets the base model answer"
)
FINISH = "`bot.py chats forget`, without a name, finishes it"


def notes_of_forgetting(db: Database) -> list[str]:
    """What `bot.py status` says: nothing when all is done."""
    marked, left = live_is_marked(db), what_is_left(db)
    notes = [f"{marked}; {REPLACE}"] if marked else []
    return [*notes, f"{left}; {FINISH}"] if left else notes


def live_is_marked(db: Database) -> str | None:
    """That the adapter that answers learnt from a forgotten chat, and why it still does."""
    live = live_adapter(db)
    if live is None or live.forgotten_at is None:
        return None
    told = f"{live.name} answers and learnt from a chat that was forgotten"
    last = latest_run(db)
    if last is None or last.started_at < live.forgotten_at or last.state == "running":
        return f"{told} ({when(live.forgotten_at)})"
    if last.state == "failed":
        return f"{told}; run {last.id} could not replace it: {last.error}"
    return f"{told}; run {last.id} did not replace it (`bot.py runs show {last.id}` says why)"


def what_is_left(db: Database) -> str | None:
    """That a forgotten chat is not yet off the disk."""
    if not is_unfinished(db):
        return None
    files = len(files_to_delete(db))
    told = f" ({files} media files)" if files else ""
    return f"a forgotten chat left traces in the data folder{told}"

"""A made-up export and what the log must hold after importing it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.import_files import import_paths
from tests.storage.importers.exports import in_memory
from tests.training.dataset.taught import taught_lines

_TIME = len("2024-10-04 11:43 ")


@dataclass(frozen=True, slots=True)
class Case:
    """`path` is a file or folder below the folder of cases; all is read in UTC.

    `right` shows the log: `# PLATFORM CHAT` above each chat, then a line a message: `> words` for
    the owner, `NAME: words` for a friend and `-- words` for the platform, with the kind in
    brackets where it is not text, `~` before words that were taken back, and line breaks as `\\n`.
    `left_out` are the names of files that are listed and not imported, `refused` is a part of the
    error instead of all that.
    """

    path: str
    right: str = ""
    me: str | None = None
    with_times: bool = False
    left_out: tuple[str, ...] = ()
    refused: str = ""

    def found(self, folder: Path) -> tuple[str, tuple[str, ...]]:
        """(the log, the names of what was left out) of this case, in the form of `right`."""
        db = in_memory()
        with _utc():
            try:
                report = import_paths(db, [folder / self.path], me=self.me)
            except InputError as error:
                return f"refused: {error}", ()
            left_out = [*report.skipped, *(problem.path for problem in report.problems)]
            return "\n".join(_log(db, self.with_times)), tuple(sorted({p.name for p in left_out}))

    def taught(self, folder: Path) -> list[str] | None:
        """The lines of the dataset's answers; None where nothing is imported."""
        db = in_memory()
        with _utc():
            try:
                import_paths(db, [folder / self.path], me=self.me)
            except InputError:
                return None
            return taught_lines(db)

    def taught_fault(self, folder: Path) -> str | None:
        """The lines of the dataset's answers that the owner did not write, or None."""
        answers = self.taught(folder) or []
        logged = (line[_TIME:] if self.with_times else line for line in self.right.split("\n"))
        said = [line.removeprefix("> ") for line in logged if line.startswith("> ")]
        own = {part for words in said for part in words.split("\\n")}
        return "\n".join(line for line in answers if line not in own) or None

    def fault(self, folder: Path) -> str | None:
        """What is wrong, or None."""
        log, left_out = self.found(folder)
        if self.refused:
            return None if log.startswith("refused") and self.refused in log else log
        if log != self.right.strip():
            return log
        return None if left_out == self.left_out else f"left out: {left_out}"


def _log(db: Database, with_times: bool) -> Iterator[str]:
    chats = db.execute("SELECT id, platform, kind, name FROM chats ORDER BY id").fetchall()
    for chat, platform, kind, name in chats:
        yield f"# {platform}{' group' if kind == 'group' else ''} {name}"
        rows = db.execute(
            "SELECT m.sent_at, m.origin, c.name, m.kind, m.text, m.recalled_at IS NOT NULL "
            "FROM messages m LEFT JOIN contacts c ON c.id = m.sender_id "
            "WHERE m.chat_id = ? ORDER BY m.sent_at, m.id",
            [chat],
        )
        for sent_at, origin, sender, kind, text, recalled in rows.fetchall():
            moment = datetime.fromtimestamp(sent_at / 1000, UTC)
            at = f"{moment:%Y-%m-%d %H:%M} " if with_times else ""
            yield at + _line(origin, sender, kind, text, bool(recalled))


def _line(origin: str, sender: str | None, kind: str, text: str, recalled: bool) -> str:
    who = ">" if origin == "owner" else f"{sender}:" if sender else "--"
    kinds = "" if kind == "text" or who == "--" else f" [{kind}]"
    words = text.replace("\n", "\\n")
    return f"{who}{kinds}{' ~' if recalled else ''}{f' {words}' if words else ''}"


@contextmanager
def _utc() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()

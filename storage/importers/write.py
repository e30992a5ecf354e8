"""Write the messages that were read into the log, piece by piece."""

import time
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from storage.importers.base import ImportedMessage
from storage.importers.changes import ChangesWriter, Seen
from storage.importers.identity import ChatIdentities
from storage.importers.minute_dedupe import log_beside_minutes, minute_key, newest_message
from storage.importers.platform_lines import PlatformLines
from storage.importers.read import FileReader
from storage.importers.report import FileReport, ProgressCallback
from storage.importers.sent_by_twin import SentByTwin
from storage.importers.spool import Spool
from storage.messages import NewMessage, dedupe_key, mark_recalled
from storage.unfinished_import import piece

PIECE = 5000  # messages that are one transaction; about a tenth of a second
# A writer that waits for the lock tries again after 25 ms, so a shorter pause would starve it.
PAUSE_S = 0.05
# Equal messages of one second lie close together in a file, so that not all need to be remembered.
_REMEMBERED = 10_000


def write_pieces(
    db: Database,
    spool: Spool,
    files: Sequence[FileReader],
    lines: PlatformLines,
    identities: ChatIdentities,
    on_progress: ProgressCallback,
) -> tuple[int, int]:
    """Write all of the spool.

    Returns how many messages that were there before turned out changed, and how many lines of a
    platform.
    """
    current, writer = -1, None
    done = 0
    on_progress("writing", done, spool.messages)
    for batches in spool.pieces(PIECE):
        with piece(db):
            for number, messages in batches:
                if writer is None or number != current:
                    current, writer = number, ImportWriter(db, identities, files[number], lines)
                writer.log(messages)
                done += len(messages)
        on_progress("writing", done, spool.messages)
        if done < spool.messages:
            time.sleep(PAUSE_S)
    return _carry_changes(db, identities, files, lines)


def _carry_changes(
    db: Database, identities: ChatIdentities, files: Sequence[FileReader], lines: PlatformLines
) -> tuple[int, int]:
    writer = ChangesWriter(db)
    with piece(db):
        for reader in files:

            def chat_of(seen: Seen, reader: FileReader = reader) -> int:
                return identities.chat(seen.message, reader.platform(seen.message))

            for seen in reader.changes.edited:
                writer.edit(chat_of(seen), seen)
            for moment in reader.changes.moments:
                writer.take_back(chat_of(moment[0]), moment)
        for chat in identities.chats_found:
            writer.words_of_placeholders(chat)
        marked = lines.mark_logged(db)
    return writer.changed, marked


class ImportWriter:
    """Logs the messages of one file and counts in its reports which were new."""

    def __init__(
        self, db: Database, identities: ChatIdentities, reader: FileReader, lines: PlatformLines
    ) -> None:
        self._db, self._identities, self._reader, self._lines = db, identities, reader, lines
        self._sent_by_twin = SentByTwin(db)
        self._source = f"import:{reader.importer.NAME}"
        self._last = newest_message(db)
        # Counted per file, so that a file that is read again counts the same.
        self._seen: dict[tuple[int, int, bool, str, str], int] = {}

    def log(self, messages: Iterable[ImportedMessage]) -> None:
        by_chat: dict[int, tuple[FileReport, list[NewMessage]]] = {}
        for message in messages:
            platform = self._reader.platform(message)
            chat = self._identities.chat(message, platform)
            if message.recalled and message.external_id:
                # An earlier export may hold the words that were taken back since.
                mark_recalled(self._db, chat, message.external_id, message.sent_at)
            row = self._row(message, chat, platform)
            if row is None:
                continue
            if chat not in by_chat:
                by_chat[chat] = self._reader.report_of(message), []
            report, rows = by_chat[chat]
            kind = self._lines.kind(message)
            if kind != message.kind:
                report.recount(message.kind, kind)
                row = row._replace(kind=kind)
            rows.append(row)
        for chat, (report, rows) in by_chat.items():
            report.new += log_beside_minutes(self._db, chat, rows, self._last)

    def row(self, message: ImportedMessage) -> NewMessage | None:
        """As it is logged, before anybody looks for lines of a platform. All have to be asked for.

        None for what the twin sent, which is in the log.
        """
        platform = self._reader.platform(message)
        return self._row(message, self._identities.chat(message, platform), platform)

    def _row(self, message: ImportedMessage, chat: int, platform: str) -> NewMessage | None:
        owner = self._reader.is_owner(message)
        if owner and self._sent_by_twin.holds(chat, message):
            return None
        of_friend = bool(message.sender_id) and not owner
        nth = self._nth((chat, message.sent_at // 1000, owner, message.kind, message.text))
        # What has an id of its own is known by it.
        to_the_minute = message.to_the_minute and message.external_id is None
        # By the words as the file has them: whether they are a line of the platform may change.
        key = minute_key if to_the_minute else dedupe_key
        return NewMessage(
            chat_id=chat,
            origin="owner" if owner else "peer",
            text=message.text,
            sent_at=message.sent_at,
            kind=message.kind,
            source=self._source,
            sender_id=self._identities.contact(message, platform) if of_friend else None,
            external_id=message.external_id,
            reply_to=message.reply_to,
            raw=message.raw,
            dedupe_key=key(message.sent_at, owner, message.kind, message.text, nth),
            recalled_at=message.sent_at if message.recalled else None,
        )

    def _nth(self, same: tuple[int, int, bool, str, str]) -> int:
        """How many equal messages of that second went before."""
        before = self._seen.pop(same, -1) + 1
        self._seen[same] = before
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return before

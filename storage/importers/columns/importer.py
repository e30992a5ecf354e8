"""Read a table whose columns the owner named: a CSV, a spreadsheet, or a list in JSON."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.columns.choice import Columns
from storage.importers.columns.rows import Row, table_rows
from storage.importers.columns.times import READ, ColumnTimes
from storage.importers.dates import Order
from storage.importers.file import MAX_BAD_ROWS, ExportFile
from storage.importers.problems import BadFile
from storage.importers.programs.wechat_types import kind_named
from storage.importers.record_fields import BadRow, as_written, shown
from storage.messages import KINDS, Kind
from storage.texts import Text

PREVIEW_ROWS = 5
_MOST_NOTES = 20
_GROUP = 3  # people, the owner one of them
_OWNERS = {"1", "true", "yes", "是", "out", "outgoing", "sent"}
_OTHERS = {"0", "false", "no", "否", "in", "incoming", "received", ""}
_PLAIN_KINDS = {"": "text", "txt": "text", "picture": "image", "photo": "image", "audio": "voice"}


@dataclass(slots=True)
class _Table:
    """What only the whole file tells: the order of its dates, and who is in which chat."""

    times: ColumnTimes
    unlike: str = ""  # the first time that can't be read
    assumed: Text | None = None
    people: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


class ByColumns:
    """The format of a file whose columns are known: `columns` names those of each field."""

    NAME = "columns"
    PLATFORM = "import"
    PROGRAMS: tuple[Program, ...] = ()
    LOOKS_FOR: tuple[str, ...] = ()

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._tables: dict[object, _Table] = {}

    def recognizes(self, file: ExportFile) -> bool:
        return True

    def read(self, file: ExportFile) -> Iterator[ImportedMessage]:
        """Raises InputError where the file has no such columns, or no time that can be read."""
        table = self._tables.get(file.source.key)
        if table is None:
            table = self._tables[file.source.key] = self._look(file)
            file.begin()
        if table.assumed:
            file.notes.append(table.assumed)
        yield from file.each(
            table_rows(file, self.columns), lambda row: self._message(row, file, table)
        )
        if table.times.local:
            file.note_local_times()

    def _look(self, file: ExportFile) -> _Table:
        table = _Table(ColumnTimes(file.dates))
        for _, row in table_rows(file, self.columns):
            try:
                time = _time(row)
                table.times.see(time)
                people = table.people[_word(row, "chat")]
                sender = _word(row, "sender")
            except BadRow:
                continue
            table.unlike = table.unlike or time
            if sender and len(people) < _GROUP:
                people.add(sender)
        if table.unlike and not table.times.read_some:
            raise BadFile(
                file.path,
                Text(
                    "column {column}: {value} is not a time, and no row has one; choose another "
                    "column, with times such as {read}",
                    column=self.columns["time"],
                    value=shown(table.unlike),
                    read=READ,
                ),
            )
        table.assumed = table.times.decide()
        return table

    def _message(self, row: Row, file: ExportFile, table: _Table) -> ImportedMessage:
        sent_at, to_the_minute = table.times.read(_time(row))
        sender, named = _word(row, "sender"), _word(row, "chat")
        chat = named or file.called.stem
        kind = self._kind(row, file) if sender else "system"
        text, raw = content(kind, as_written(row["text"]))
        return ImportedMessage(
            chat_id=chat,
            chat_name=chat,
            sender_id=sender,
            sender_name=sender,
            sent_at=sent_at,
            text=text,
            kind=kind,
            from_owner=_is_owner(row) if "owner" in row and sender else None,
            chat_kind="group" if len(table.people[named]) >= _GROUP else "direct",
            raw=raw,
            chat_id_is_name=True,
            to_the_minute=to_the_minute,
        )

    def _kind(self, row: Row, file: ExportFile) -> Kind:
        word = _word(row, "kind").casefold()
        plain = _PLAIN_KINDS.get(word, word)
        kind = plain if plain in KINDS else kind_named(plain)
        if kind in ("command", "notice") or (kind == "other" and plain != "other"):
            note = Text(
                "kind {kind} is not known: such messages are kept without words", kind=shown(word)
            )
            if len(file.notes) < _MOST_NOTES and note not in file.notes:
                file.notes.append(note)
            return "other"
        # Where nothing else says so, a message without words is a picture or the like.
        return "other" if kind == "text" and not as_written(row["text"]).strip() else kind


def preview(path: Path, columns: Columns, dates: Order | None = None) -> list[ImportedMessage]:
    """The first messages as they would be imported, in the order of the file."""
    file = ExportFile(path, dates=dates, max_bad_rows=MAX_BAD_ROWS)
    file.begin()
    return list(islice(ByColumns(columns).read(file), PREVIEW_ROWS))


def _word(row: Row, name: str) -> str:
    return as_written(row.get(name)).strip()


def _time(row: Row) -> str:
    """As it stands, behind the date where that has a column of its own."""
    if "date" not in row:
        return _word(row, "time")
    return f"{_word(row, 'date').removesuffix(' 00:00:00')} {_word(row, 'time')}"


def _is_owner(row: Row) -> bool:
    said = _word(row, "owner").casefold()
    if said not in _OWNERS | _OTHERS:
        raise BadRow(Text("owner {value} is neither 1 nor 0, yes nor no", value=shown(said)))
    return said in _OWNERS

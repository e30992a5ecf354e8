"""LINE Official Account Manager's CSV, one chat a file ("チャット履歴のバックアップ").

The heading names the account, then come rows of sender's type, sender's name, day, time and text;
`Account` is whoever runs the account, `User` the one they chat with. Known from public programs
that read it, in Japanese.
"""

from collections.abc import Iterator

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.copy_marks import without_copy_mark
from storage.importers.dates import local_time_ms, to_the_minute
from storage.importers.file import ExportFile
from storage.importers.programs.line_words import is_unsent, kind_of_words
from storage.importers.record_fields import BadRow
from storage.messages import Kind
from storage.texts import Text

NAME = "line-official"
PLATFORM = "line"
PROGRAMS = (
    Program(
        "LINE Official Account Manager",
        "CSV, Japanese",
        "in the file: the account",
        source="other programs that read it",
    ),
)
LOOKS_FOR = ("送信者タイプ", "送信者名", "送信日", "送信時刻", "内容")

_COLUMNS = list(LOOKS_FOR)
_HEADING_LINES = 8
_SIDES = {"account": True, "user": False}
_SENT = "を送信しました"
# What the account answers by itself.
_AUTOMATIC = ("応答メッセージ", "あいさつメッセージ", "Auto-response", "Greeting message")


def recognizes(file: ExportFile) -> bool:
    lines = file.head.lstrip("\ufeff").splitlines()[:_HEADING_LINES]
    return any(_cells(line) == _COLUMNS for line in lines)


def _cells(line: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.lstrip("\ufeff").split(",")]


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    friends = {row[1].strip() for _, row in _rows(file) if _SIDES.get(row[0].lower()) is False}
    file.begin()
    file.note_local_times()
    stem = without_copy_mark(file.called.stem)
    chat = friends.pop() if len(friends) == 1 else stem
    kind = "group" if friends else "direct"
    return file.each(_rows(file), lambda row: _message(row, chat)._replace(chat_kind=kind))


def _rows(file: ExportFile) -> Iterator[tuple[int, list[str]]]:
    began = False
    for line, row in file.csv_rows():
        if not began:
            began = [cell.strip() for cell in row] == _COLUMNS
        elif len(row) < len(_COLUMNS):
            file.skip(
                line,
                Text("{n} columns where {needed} are needed", n=len(row), needed=len(_COLUMNS)),
            )
        else:
            yield line, row


def _kind(said: str) -> Kind:
    """LINE's placeholders; here a picture is also `写真を送信しました`."""
    sent = said.strip()
    name = sent.removesuffix(_SENT)
    return kind_of_words(f"[{name}]" if name != sent else sent) or "text"


def _message(row: list[str], chat: str) -> ImportedMessage:
    side, name, day, time, said = row[:5]
    from_owner = _SIDES.get(side.strip().lower())
    if from_owner is None:
        raise BadRow(
            Text("the sender's type {value!r} is neither Account nor User", value=side[:20])
        )
    name = name.strip() or (side.strip() if from_owner else chat)
    recalled = is_unsent(said, name)
    automatic = from_owner and name in _AUTOMATIC
    kind: Kind = "system" if recalled or automatic else _kind(said)
    sender = "" if automatic else name
    words, raw = content(kind, said)
    return ImportedMessage(
        chat_id=chat,
        chat_name=chat,
        sender_id=sender,
        sender_name=sender,
        sent_at=local_time_ms(f"{day.strip()} {time.strip()}"),
        text=words,
        kind=kind,
        from_owner=from_owner and bool(sender),
        recalled=recalled,
        raw=raw,
        chat_id_is_name=True,
        to_the_minute=to_the_minute(time),
    )

"""LINE's .txt: dates on lines of their own, `HH:MM<tab>name<tab>text`; long texts in quotes.

The file of LINE for Windows has spaces instead of tabs, see `RowNames`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from storage.importers.base import ImportedMessage, Program, content
from storage.importers.dates import (
    DateOrder,
    Day,
    Order,
    clock,
    local_ms,
    ordered,
)
from storage.importers.file import ExportFile
from storage.importers.record_fields import BadRow
from storage.messages import Kind

NAME = "line"
PLATFORM = "line"
PROGRAMS = (
    Program("LINE", ".txt", "in chats of two: whoever is not in the heading; in groups `--me`"),
    Program(
        "LINE for Windows",
        ".txt, spaces instead of tabs",
        "in chats of two: whoever is not in the file's name `[LINE]…`; otherwise `--me`",
        unsure="known from other programs that read it, not from a real file",
    ),
)

_NAME_WORDS = 4
_ROWS = 10_000  # enough to know everybody who writes much, whatever the file's size
# A word after a name belongs to the name when it opens that many rows, and that share of them. So
# "Ann" before "Lee" and "Smith" is two people, and before twenty different words one.
_LEAST_ROWS = 5
_LEAST_SHARE = 0.2
_COVERED = 0.9
# Lines of the platform about somebody, which look like rows of theirs.
_ABOUT = ("unsent a message.", "joined the group.", "left the group.", "joined the chat.")
Follower = tuple[str, bool]
_HEADERS = (
    re.compile(r"(?:\[LINE\] ?)?Chat history (?:with|in) (.+)"),
    re.compile(r"\[LINE\] ?(?:与|與)?(.+?)(?:的聊天记录|的聊天記錄|とのトーク履歴|のトーク履歴)"),
)
_DATE = re.compile(
    r"(?:[^\W\d_]{2,9}\.?, ?)?(\d{1,4})[./](\d{1,2})[./](\d{1,4})\.?"
    r"(?: ?[(（][^()（）]{1,9}[)）]| [^\W\d_]{2,12})?"
)
_ROW = re.compile(
    r"((?:[^\W\d_]{2} ?)?\d{1,2}:\d{2}(?: ?[APap][Mm])?)\t([^\t]*)(?:\t(.*))?", re.DOTALL
)
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("Photo", "Photos", "照片", "圖片", "图片", "写真", "画像"), "image"),
    **dict.fromkeys(("Sticker", "Stickers", "贴图", "貼圖", "スタンプ"), "sticker"),
    **dict.fromkeys(("Video", "Videos", "视频", "影片", "動画"), "video"),
    **dict.fromkeys(
        ("Voice message", "Audio", "语音信息", "語音訊息", "ボイスメッセージ"), "voice"
    ),
    **dict.fromkeys(("File", "文件", "檔案", "ファイル"), "file"),
    **dict.fromkeys(("Location", "位置", "位置信息", "位置訊息", "位置情報"), "location"),
    **dict.fromkeys(("Contact", "名片", "聯絡資訊", "联系人信息", "連絡先"), "contact"),
}
# LINE for Windows: no heading, the day first, and words without brackets for what is no text.
_WINDOWS_DAY = re.compile(r"\d{4}\.\d{2}\.\d{2} [^\W\d_]{2,12}")
_SPACED = re.compile(r"((?:[^\W\d_]{2} ?)?\d{1,2}:\d{2}(?: ?[APap][Mm]\b)?) +(\S[^\t]*)")
_BARE: tuple[Kind, ...] = ("image", "sticker", "video")
_STEM = re.compile(r"\[LINE\] ?(.+)")
_SHOWN = 12
_AsTabbed = Callable[[str], str]


class RowNames:
    """The names that open the rows. `known` is one that is certain, such as the file's."""

    def __init__(self, rows: Iterable[str], known: str = "") -> None:
        self._known = known
        # What follows an opening: the word, and whether more words follow it.
        self._next: dict[str, Counter[Follower]] = {}
        for row in islice(rows, _ROWS):
            self._see(row.split())

    def split(self, row: str) -> tuple[str, str]:
        """(name, text); no name for a line of the platform."""
        known = self._known and row.startswith(f"{self._known} ")
        name = self._known if known else self._name(row)
        text = row[len(name) :].strip()
        return ("", row) if not text or text in _ABOUT else (name, text)

    def _see(self, words: Sequence[str]) -> None:
        for length in range(1, min(_NAME_WORDS, len(words) - 1) + 1):
            opening = " ".join(words[:length])
            followers = self._next.setdefault(opening, Counter())
            followers[words[length], len(words) > length + 1] += 1

    def _name(self, row: str) -> str:
        first, *others = row.split()
        name = first
        for word in others[: _NAME_WORDS - 1]:
            if word not in self._more_names(name):
                break
            name = f"{name} {word}"
        return name if row.startswith(name) else first

    def _more_names(self, name: str) -> set[str]:
        """The words that go on the name, where nearly all its rows have one of them."""
        followers = self._next.get(name, Counter())
        rows = followers.total()
        least = max(_LEAST_ROWS, _LEAST_SHARE * rows)
        often = {word: n for (word, more), n in followers.items() if more and n >= least}
        varied = all(self._is_varied(f"{name} {word}") for word in often)
        return set(often) if varied and sum(often.values()) >= _COVERED * rows else set()

    def _is_varied(self, opening: str) -> bool:
        """Whether different words follow: a word that always follows is no part of a name."""
        followers = list(self._next.get(opening, ()))
        if len(followers) != 1:
            return len(followers) > 1
        word, more = followers[0]
        return more and self._is_varied(f"{opening} {word}")


def recognizes(file: ExportFile) -> bool:
    first = file.first_line.strip()
    lines = file.head.lstrip("\ufeff").splitlines()[:40]
    begin = file.first_dated_line
    if not (_DATE.fullmatch(begin) or _ROW.fullmatch(begin)):
        return False
    dated = any(_DATE.fullmatch(line.strip()) for line in lines)
    rows = any(_ROW.fullmatch(line) for line in lines)
    if (dated and rows) or (any(p.fullmatch(first) for p in _HEADERS) and (dated or rows)):
        return True
    windows = _WINDOWS_DAY.fullmatch(first) and len(lines) > 1 and _SPACED.fullmatch(lines[1])
    return windows is not None


def read(file: ExportFile) -> Iterator[ImportedMessage]:
    file.note_local_times()
    friend = _friend(file)
    chat = friend or file.path.stem
    tabbed = _as_tabbed(file, chat)
    order, senders = _survey(file, tabbed or _as_it_is)
    if tabbed and senders:
        found = ", ".join(sorted(senders)[:_SHOWN])
        file.notes.append(f"names are not marked in it; read as names: {found}")
    direct = len(senders) <= 2
    # In a chat of two, whoever is not the one after whom the chat is named is the owner.
    is_marked = direct and friend in senders

    def message(row: tuple[Day | None, str]) -> ImportedMessage:
        day, line = row
        match = _ROW.fullmatch(line)
        if match is None:
            raise BadRow("neither a date nor a message HH:MM, name, text")
        if day is None:
            raise BadRow("a message without a date above it")
        kind, said, raw = _content(match[3])
        sender = match[2].strip() if match[3] is not None else ""
        return ImportedMessage(
            chat_id=chat,
            chat_name=chat,
            sender_id=sender,
            sender_name=sender,
            sent_at=local_ms(day, clock(match[1])),
            text=said if sender else match[2].strip(),
            kind=kind if sender else "system",
            from_owner=False if not sender else sender != friend if is_marked else None,
            chat_kind="direct" if direct else "group",
            raw=raw,
            chat_id_is_name=True,
            to_the_minute=True,
        )

    return file.each(_rows(file, order, tabbed or _as_it_is), message)


def _friend(file: ExportFile) -> str:
    """The friend after whom the chat is named, by its heading or by the name of the file."""
    found = [pattern.fullmatch(file.first_line.strip()) for pattern in _HEADERS]
    found.append(_STEM.fullmatch(file.path.stem))
    return next((match[1].strip() for match in found if match), "")


def _as_it_is(line: str) -> str:
    return line


def _as_tabbed(file: ExportFile, chat: str) -> _AsTabbed | None:
    """What makes a row with spaces one with tabs; None where the file has tabs."""
    if any(_ROW.fullmatch(line) for _, line in file.lines()):
        return None
    matches = (_SPACED.fullmatch(line) for _, line in file.lines())
    names = RowNames((match[2] for match in matches if match), chat)

    def tabbed(line: str) -> str:
        match = _SPACED.fullmatch(line)
        if match is None:
            return line
        name, said = names.split(match[2])
        if _KINDS.get(said) in _BARE:
            said = f"[{said}]"
        return f"{match[1]}\t{name}\t{said}" if name else f"{match[1]}\t{said}"

    return tabbed


def _survey(file: ExportFile, tabbed: _AsTabbed) -> tuple[Order, set[str]]:
    dates, senders = DateOrder(file.dates), set[str]()
    for _, line in file.lines():
        date = _date(line)
        row = _ROW.fullmatch(tabbed(line))
        if date:
            dates.see(date)
        elif row and row[3] is not None and row[2].strip() and len(senders) < 1000:
            senders.add(row[2].strip())
    order, assumed = dates.decide()
    if assumed:
        file.notes.append(assumed)
    return order, senders


def _date(line: str) -> Day | None:
    match = _DATE.fullmatch(line.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _rows(
    file: ExportFile, order: Order, tabbed: _AsTabbed
) -> Iterator[tuple[int, tuple[Day | None, str]]]:
    """The messages, each with its day. A text goes on over lines until the next row or date."""
    day: Day | None = None
    for number, block in file.blocks(lambda line: _ROW.fullmatch(tabbed(line)) or _date(line)):
        date = _date(block[0])
        row = tabbed(block[0])
        if date:
            day = ordered(date, order)
            block = block[1:]
        elif number == 1 and not _ROW.fullmatch(row):
            continue  # the heading
        else:
            block = [row, *block[1:]]
        message = "\n".join(block).rstrip("\n")
        if message.strip():
            yield number, (day, message)


def _content(text: str | None) -> tuple[Kind, str, str | None]:
    said = text or ""
    if "\n" in said and said.startswith('"') and said.endswith('"'):
        said = said[1:-1].replace('""', '"')
    if said.startswith("☎"):
        return "call", "", said
    kind = _KINDS.get(said.strip()[1:-1]) if said.strip().startswith("[") else None
    return (kind or "text", *content(kind or "text", said))

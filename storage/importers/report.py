"""How far an import is, and what it did file by file and chat by chat."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.platform_lines import PlatformLine
from storage.importers.problems import FileProblem
from storage.importers.same_chats import DoubledChat
from storage.texts import Text

ImportPhase = Literal["reading", "writing", "copying"]
# So many bytes that were read, then messages, then bytes of files, of all.
ProgressCallback = Callable[[ImportPhase, int, int], None]
ConfirmCallback = Callable[[Sequence[Text]], None]
_EVERY = 500


@dataclass(slots=True)
class FileReport:
    """The messages of one file in one chat. Times in UTC milliseconds.

    `chat_id` is the chat's number if it was in the log before; a new chat may get another one.
    """

    path: Path
    format: str
    chat: str
    first_at: int
    last_at: int
    chat_id: int
    platform: str
    chat_kind: str
    messages: int = 0
    new: int = 0
    owner: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def duplicates(self) -> int:
        return self.messages - self.new

    def recount(self, kind: str, as_kind: str) -> None:
        """A message that was counted turned out to be of another kind."""
        self.kinds[as_kind] = self.kinds.get(as_kind, 0) + 1
        self.kinds[kind] -= 1
        if not self.kinds[kind]:
            del self.kinds[kind]

    def count(self, sent_at: int, owner: bool, kind: str) -> None:
        self.messages += 1
        self.owner += owner
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if sent_at < self.first_at:
            self.first_at = sent_at
        elif sent_at > self.last_at:
            self.last_at = sent_at


@dataclass(slots=True)
class FilesReport:
    """How many messages name a file, and what became of it: it came (or would), the message had it
    before, it is not in the export, it is larger than a file may be, it would be more than all of
    them may be or the disk has room for, it can't be read. `bytes`: what came, each content once.
    """

    named: int = 0
    came: int = 0
    known: int = 0
    missing: int = 0
    too_large: int = 0
    no_room: int = 0
    unreadable: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """One entry per file and chat. `skipped` are files of folders that are no known export,
    `problems` rows and files that were left out and why, `notes` what was assumed or looks wrong,
    `platform_lines` what stood under a name and is nobody's words, `doubles` chats that seem to be
    one; the questions about them are among the notes. `media`: the files that messages name; None
    where none were to be brought along.
    """

    files: list[FileReport]
    skipped: list[Path]
    dry_run: bool
    problems: list[FileProblem] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    platform_lines: list[PlatformLine] = field(default_factory=list)
    doubles: list[DoubledChat] = field(default_factory=list)
    media: FilesReport | None = None

    @property
    def messages(self) -> int:
        return sum(file.messages for file in self.files)

    @property
    def new(self) -> int:
        return sum(file.new for file in self.files)

    @property
    def duplicates(self) -> int:
        return self.messages - self.new

    @property
    def owner(self) -> int:
        return sum(file.owner for file in self.files)


def ignore_progress(phase: ImportPhase, done: int, total: int) -> None:
    """The callback of callers that show nothing."""


def ignore_doubts(doubts: Sequence[Text]) -> None:
    """The callback of callers that ask nobody: the report tells."""


class BytesRead:
    """Of all files together. Where a file is read twice, each time counts for half of it."""

    def __init__(self, files: Iterable[ExportFile], on_progress: ProgressCallback) -> None:
        self._total = sum(file.size for file in files)
        self._before = self._first = 0
        self._on_progress = on_progress

    def first(
        self, file: ExportFile, messages: Iterable[ImportedMessage]
    ) -> Iterator[ImportedMessage]:
        """The messages of the first reading, which may end early."""
        return self._counted(messages, lambda: file.position // 2)

    def second(
        self, file: ExportFile, messages: Iterable[ImportedMessage]
    ) -> Iterator[ImportedMessage]:
        share = 1 - self._first / max(1, file.size)
        yield from self._counted(messages, lambda: self._first + int(file.position * share))
        self._before += file.size
        self._first = 0
        self._on_progress("reading", self._before, self._total)

    def leave_out(self, file: ExportFile) -> None:
        self._before += file.size
        self._first = 0

    def first_is_over(self, file: ExportFile) -> None:
        self._first = min(file.position, file.size) // 2

    def _counted(
        self, messages: Iterable[ImportedMessage], done: Callable[[], int]
    ) -> Iterator[ImportedMessage]:
        for number, message in enumerate(messages):
            if number % _EVERY == 0:
                self._on_progress("reading", min(self._before + done(), self._total), self._total)
            yield message

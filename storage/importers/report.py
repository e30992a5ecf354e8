"""What an import did, file by file and chat by chat."""

from dataclasses import dataclass, field
from pathlib import Path

from storage.importers.file import FileProblem


@dataclass(slots=True)
class FileReport:
    """What one file gave to one chat. Times in UTC milliseconds."""

    path: Path
    format: str
    chat: str
    first_at: int
    last_at: int
    messages: int = 0
    new: int = 0
    owner: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def duplicates(self) -> int:
        return self.messages - self.new

    def count(self, sent_at: int, owner: bool, kind: str) -> None:
        self.messages += 1
        self.owner += owner
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if sent_at < self.first_at:
            self.first_at = sent_at
        elif sent_at > self.last_at:
            self.last_at = sent_at


@dataclass(frozen=True, slots=True)
class ImportReport:
    """One entry per file and chat. `skipped` are files of folders that are no known export,
    `problems` rows that were left out, `notes` what was assumed or looks wrong.
    """

    files: list[FileReport]
    skipped: list[Path]
    dry_run: bool
    problems: list[FileProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

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

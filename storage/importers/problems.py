"""What is wrong with a file or a row of it, in words that the pages translate."""

from dataclasses import dataclass
from pathlib import Path

from storage.errors import InputError
from storage.texts import Text


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A row that was left out; line 0 is the whole file."""

    path: Path
    line: int
    cause: Text

    @property
    def text(self) -> Text:
        if not self.line:
            return Text("{path}: {cause}", path=self.path, cause=self.cause)
        return Text(
            "{path}: line {line}: {cause}", path=self.path, line=self.line, cause=self.cause
        )

    def __str__(self) -> str:
        return str(self.text)


class BadFile(InputError):
    """A file that can't be imported, and why.

    `in_terminal` is what to do about it with the options of the command, which no page has.
    """

    def __init__(
        self, path: Path, cause: Text, *, line: int = 0, in_terminal: Text | None = None
    ) -> None:
        self.problem = FileProblem(path, line, cause)
        said = self.problem.text
        if in_terminal:
            said = Text("{problem}; {remedy}", problem=said, remedy=in_terminal)
        super().__init__(said)

"""Read the posts of a page: what a format makes of its tags and texts, one by one."""

from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from storage.importers.file import ExportFile
from storage.importers.raw_files.html_events import Event, html_events
from storage.importers.record_fields import BadRow
from storage.texts import Text

Post = TypeVar("Post")
Role = TypeVar("Role")
_DEPTH = 64


class OpenElements(Generic[Role]):
    """The elements around a place of the page, each with what its text is to the format."""

    def __init__(self, outermost: Role, deepest: int = _DEPTH) -> None:
        self._outermost, self._deepest = outermost, deepest
        self._open: list[tuple[str, Role]] = []

    def __len__(self) -> int:
        return len(self._open)

    @property
    def role(self) -> Role:
        """What the text here is; `outermost` where no element is open."""
        return self._open[-1][1] if self._open else self._outermost

    def begin(self, name: str, role: Role) -> None:
        """Raises BadRow where there are too many."""
        if len(self._open) >= self._deepest:
            raise BadRow(Text("nested deeper than any chat export"))
        self._open.append((name, role))

    def end(self, name: str) -> bool:
        """Close the innermost element of that name and all within it; whether there is one."""
        is_open = any(one == name for one, _ in self._open)
        while is_open and self._open.pop()[0] != name:
            pass
        return is_open

    def clear(self) -> None:
        self._open.clear()


def html_posts(
    file: ExportFile, see: Callable[[int, Event], Post | None]
) -> Generator[Post, None, int]:
    """What `see` returns of each (line, event) but None; the last line is the generator's value.

    Raises InputError for what is no page, and where `see` raises BadRow.
    """
    line = 1
    with file.text() as stream:
        for line, event in html_events(stream, file.path):
            try:
                post = see(line, event)
            except BadRow as error:
                raise file.broken(line, error.cause) from error
            if post is not None:
                yield post
    return line

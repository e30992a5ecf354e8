"""Read the posts of a page: what a format makes of its tags and texts, one by one."""

from collections.abc import Callable, Generator
from typing import TypeVar

from storage.importers.file import ExportFile
from storage.importers.raw_files.html_events import Event, html_events
from storage.importers.record_fields import BadRow

Post = TypeVar("Post")


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

"""What an export format has to offer."""

from collections.abc import Iterator
from typing import Protocol

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile


class Importer(Protocol):
    """One export format. Modules are importers: NAME, PLATFORM and the two functions.

    PLATFORM is where the chats took place, or "import" where the format does not say.
    """

    NAME: str
    PLATFORM: str

    def recognizes(self, file: ExportFile) -> bool:
        """Whether the file is of this format, by what its head says: names get changed."""
        ...

    def read(self, file: ExportFile) -> Iterator[ImportedMessage]:
        """The messages in the file's order. What can't be read goes to `file.skip`.

        Raises InputError when the file itself is broken.
        """
        ...

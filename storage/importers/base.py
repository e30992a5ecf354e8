"""The message that every export is turned into, and what a format module offers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

from storage.messages import Kind

if TYPE_CHECKING:
    from storage.importers.file import ExportFile


class ImportedMessage(NamedTuple):
    """One message of an export. `sent_at` in UTC milliseconds.

    `from_owner` is None where the format does not say whose messages are the owner's; a line of the
    platform itself has no sender. `raw` holds what the text left out. `chat_id_is_name` marks chats
    that the format knows by name only; `platform` overrides the format's where one format carries
    many. `to_the_minute` marks times that were written without a second. `account` is another name
    by which the platform knows the sender, for `--me`. `edited`: the text is not the first version.
    `file`: the path of the message's file, as the export has it; "" where it names none.
    """

    chat_id: str
    chat_name: str
    sender_id: str
    sender_name: str
    sent_at: int
    text: str
    kind: str = "text"
    from_owner: bool | None = None
    external_id: str | None = None
    chat_kind: str = "direct"
    recalled: bool = False
    raw: str | None = None
    reply_to: str | None = None
    chat_id_is_name: bool = False
    platform: str | None = None
    to_the_minute: bool = False
    account: str = ""
    edited: bool = False
    file: str = ""


class Said(NamedTuple):
    """What the text of a message says, read apart.

    `words` are the sender's own; of a line of the platform, its text. `raw` is all that stood there
    where the words are less. `of_platform`: it stands under somebody's name and is not theirs.
    """

    kind: Kind
    words: str = ""
    raw: str | None = None
    recalled: bool = False
    edited: bool = False
    of_platform: bool = False
    file: str = ""


def content(kind: str, said: str) -> tuple[str, str | None]:
    """(text, raw): a placeholder for a picture is no text that anybody wrote."""
    if kind in ("text", "system"):
        return said, None
    return "", said or None


class Program(NamedTuple):
    """A program that exports in the format: one row of each table in docs/import.md.

    `owner` says how the owner is known, `unsure` what nobody has confirmed yet, `source` where the
    shape of its files was read. In Markdown.
    """

    name: str
    file: str
    owner: str
    unsure: str = ""
    versions: str = ""
    source: str = ""


class Importer(Protocol):
    """One export format. Each module in `formats/` is an importer.

    NAME is what `--format` takes. PLATFORM is where the chats took place, or "import" where the
    format does not say. LOOKS_FOR is what an unknown file is compared with and told to lack: keys
    of JSON, columns of CSV, a line of a text.
    """

    NAME: str
    PLATFORM: str
    PROGRAMS: tuple[Program, ...]
    LOOKS_FOR: tuple[str, ...]

    def recognizes(self, file: "ExportFile") -> bool:
        """Whether the file is of this format, by its content: files get renamed.

        No other format may recognize the same file, so look for what only this one has.
        """
        ...

    def read(self, file: "ExportFile") -> Iterator[ImportedMessage]:
        """The messages in the file's order. What can't be read goes to `file.skip`.

        Raises InputError when the file itself is broken.
        """
        ...

"""Reading all files of an import, and everything that can be wrong with them."""

from collections.abc import Sequence
from pathlib import Path

from storage.errors import InputError
from storage.importers.file import ExportFile, Problem
from storage.importers.identity import People
from storage.importers.importer import Importer
from storage.importers.owner import (
    USUAL_OWNER,
    OwnerUnknown,
    Sender,
    Sides,
    count_senders,
    owner_unknown,
    owners_among,
)
from storage.importers.progress import BytesRead, Progress
from storage.importers.readfile import ReadFile, Voices
from storage.importers.stage import Stage


class Reading:
    """One run over all files, into the stage. `files` are in the order of their numbers there."""

    def __init__(self, people: People, stage: Stage, me: str | None) -> None:
        self.me = me.strip() if me and me.strip() else None
        self.files: list[ReadFile] = []
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._people, self._stage = people, stage
        self._sides = Sides()
        self._chats_with_owner: set[int] = set()
        self._without_owner: list[tuple[OwnerUnknown, set[int]]] = []
        self._noted: dict[str, list[Path]] = {}
        self._found_me = False

    def run(self, work: Sequence[tuple[ExportFile, Importer]], tell: Progress) -> None:
        bytes_read = BytesRead([file for file, _ in work], tell)
        for file, importer in work:
            self._read(file, importer, bytes_read)
        # A long chat is exported in parts, and the owner may be silent in one of them.
        for error, chats in self._without_owner:
            if chats <= self._chats_with_owner:
                continue
            if not self._found_me:
                raise error
            self.notes.append(str(error).partition(";")[0])
        for note, paths in self._noted.items():
            more = f" and {len(paths) - 1} more files" if len(paths) > 1 else ""
            self.notes.append(f"{paths[0]}{more}: {note}")
        warning = self._sides.warning()
        if warning:
            self.notes.append(warning)

    def _read(self, file: ExportFile, importer: Importer, bytes_read: BytesRead) -> None:
        file.begin()
        senders, marked = count_senders(bytes_read.first(file, importer.read(file)))
        read = ReadFile(file, importer, owners_among(senders, self.me, file.path), self._people)
        voices = Voices()
        bytes_read.first_is_over(file)
        file.begin()
        for message in bytes_read.second(file, importer.read(file)):
            if "\0" in message.text:
                message = message._replace(text=message.text.replace("\0", ""))  # as in the log
            owner, chat = read.see(message)
            voices.hear(message, owner)
            if message.chat_kind == "direct" and message.sender_id:
                self._sides.see(chat, message.sender_name, owner)
            self._stage.add(len(self.files), message)
        if not read.reports:
            raise _no_message(file)
        if marked and self.me:
            _check_me(self.me, voices, file)
        self.files.append(read)
        self.problems += file.problems
        for note in dict.fromkeys(file.notes):
            self._noted.setdefault(note, []).append(file.path)
        self._note_owner(read, file, None if marked else senders)

    def _note_owner(
        self, read: ReadFile, file: ExportFile, senders: Sequence[Sender] | None
    ) -> None:
        """`senders` are None where the file itself marks the owner."""
        with_owner = {chat for chat, report in read.reports.items() if report.owner}
        self._chats_with_owner |= with_owner
        if senders is None:
            if not with_owner:
                self._noted.setdefault("no message of yours is in it", []).append(file.path)
        elif with_owner:
            self._found_me |= self.me is not None
        else:
            error = owner_unknown(file.path, senders, self.me)
            self._without_owner.append((error, set(read.reports)))


def _check_me(me: str, voices: Voices, file: ExportFile) -> None:
    """The file says who the owner is. Somebody else as --me is a mistake worth stopping for."""
    if me != USUAL_OWNER and me in voices.others and me not in voices.owners:
        named = ", ".join(f"{name} ({n})" for name, n in voices.names.most_common(8))
        raise InputError(
            f"{file.path}: the owner is not '{me}': the file itself says who it is; "
            f"leave --me out, or give one of: {named}"
        )


def _no_message(file: ExportFile) -> InputError:
    first = file.problems[0] if file.problems else None
    why = f" (line {first.line}: {first.cause})" if first else ""
    return InputError(f"{file.path}: there is no message in the file{why}; export the chat again")

"""Find the files to import: those that were named, and those in folders, .zip and .tar files."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage.errors import InputError
from storage.importers.base import Importer
from storage.importers.copy_marks import first_copy
from storage.importers.dates import Order
from storage.importers.detect import detect, unknown_format
from storage.importers.file import ExportFile
from storage.importers.problems import BadFile, FileProblem
from storage.importers.raw_files.archive import RefusedZip
from storage.importers.raw_files.source import Source, is_archive
from storage.importers.raw_files.zip_members import members
from storage.texts import Text, joined

SUFFIXES = {".json", ".jsonl", ".csv", ".txt", ".md", ".html", ".htm", ".mht", ".xlsx", ".xml"}
# Exports of shapes that are not read, and what they are packed in: not left out in silence.
LISTED = {".xls", ".mhtml", ".db", ".rar", ".7z", ".gz"}
COMPANIONS = {"users.json", "dms.json", "channel.json", "group_info.json", "user_info.json"}
_CHUNKS, _ARCHIVES = "chunks", (".zip", ".tar")
Work = dict[object, tuple[ExportFile, Importer]]


@dataclass(slots=True)
class ChosenFiles:
    """The files with their formats. `skipped` lie in folders and are no exports, `problems` say why
    others there were left out.
    """

    work: Work = field(default_factory=dict)
    skipped: list[Path] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)
    unknown: ExportFile | None = None  # the first of those that may have been meant


def choose_files(
    paths: Sequence[Path], known: Importer | None, dates: Order | None, max_bad_rows: int
) -> ChosenFiles:
    """Choose what is to be imported.

    Raises InputError for a named file that is no export, and for a folder without any.
    """
    chosen = ChosenFiles()
    for path in paths:
        inside = path.is_dir() or is_archive(path)
        found: Work = {}
        chosen.unknown = None
        refused: dict[Path, FileProblem] = {}
        for source in _below(path, refused, chosen.skipped) if inside else [Source(path)]:
            if source.file in refused:
                continue
            file = ExportFile(source, dates=dates, max_bad_rows=max_bad_rows)
            file.in_folder = inside
            file.root = path if path.is_dir() else file.root
            try:
                importer = None if inside and file.is_blank else known or detect(file)
                _sort(file, importer, chosen, found)
            except RefusedZip as error:
                if not path.is_dir():
                    raise
                _refuse(refused, error)
            except InputError as error:
                if not inside:
                    raise
                chosen.problems.append(left_out(file, error))
        _add(chosen, path, found, refused)
    if not chosen.work:
        raise InputError(Text("import: no file was given; name the exports or their folder"))
    _call_copies_alike([file for file, _ in chosen.work.values()])
    return chosen


def _sort(file: ExportFile, importer: Importer | None, chosen: ChosenFiles, found: Work) -> None:
    if importer is None:
        if not file.in_folder:
            raise unknown_format(file)
        chosen.skipped.append(file.path)
        chosen.unknown = chosen.unknown or (None if file.is_blank else file)
    elif _was_shared(file.source, importer):
        chosen.problems.append(FileProblem(file.path, 0, Text("it was sent in the chat")))
    else:
        found[file.source.key] = (file, importer)


def left_out(file: ExportFile, error: InputError) -> FileProblem:
    """Of a file in a folder that turned out to be no export."""
    if isinstance(error, BadFile) and error.problem.path == file.path:
        return error.problem
    return FileProblem(file.path, 0, joined("", [error.message]))


def _was_shared(source: Source, importer: Importer) -> bool:
    """iPhones number what was sent in the chat, and put it beside the chat."""
    if importer.PLATFORM == "whatsapp" or not re.match(r"\d{8}-", source.path.name):
        return False
    return source.beside("_chat.txt") is not None


def _call_copies_alike(files: Sequence[ExportFile]) -> None:
    """`Chat (1).zip` beside `Chat.zip` that begins alike is a later export of the same chat."""
    by_path = {file.path: file for file in files}
    for file in files:
        first = by_path.get(first_copy(file.path))
        if first is not None and first is not file and _begin_alike(first, file):
            file.called = first.called


def _begin_alike(one: ExportFile, other: ExportFile) -> bool:
    if one.first_dated_line:
        return one.first_dated_line == other.first_dated_line
    length = min(len(one.head), len(other.head)) // 2
    return one.head[:length] == other.head[:length]


def _add(chosen: ChosenFiles, path: Path, found: Work, refused: dict[Path, FileProblem]) -> None:
    """Add what was found; nothing of a .zip that turned out to be broken."""
    whole = {
        key: (file, importer)
        for key, (file, importer) in found.items()
        if file.source.file not in refused
    }
    chosen.problems += refused.values()
    if not whole:
        here = [problem for problem in chosen.problems if problem.path.is_relative_to(path)]
        raise _no_export(path, [*refused.values(), *here], chosen.unknown)
    # A file that is named and also lies in a named folder is one file.
    chosen.work = whole | chosen.work


def _no_export(path: Path, problems: Sequence[FileProblem], unknown: ExportFile | None) -> BadFile:
    """Of a folder or .zip; says of one of its files why it can't be read."""
    problem = problems[0] if problems else None
    if problem is None and unknown is not None:
        problem = unknown_format(unknown).problem
    suffixes = ", ".join(sorted({*SUFFIXES, *_ARCHIVES}))
    cause = Text("no file that could be a chat export; their names end in {ends}", ends=suffixes)
    if problem is not None:
        cause = Text("no chat export among the files; {problem}", problem=problem.text)
    return BadFile(path, cause, in_terminal=Text("give the folder or .zip with the exports"))


def _refuse(refused: dict[Path, FileProblem], error: RefusedZip) -> None:
    """Note a .zip of a folder as left out. One that was named itself is an error."""
    refused[error.archive] = error.problem


def _below(path: Path, refused: dict[Path, FileProblem], skipped: list[Path]) -> list[Source]:
    inner: list[RefusedZip] = []
    sources = [*_in_folder(path, refused, inner)] if path.is_dir() else members(path, inner)
    for error in inner:
        _refuse(refused, error)
    shown = [source for source in sources if not _is_hidden(source.path.relative_to(path))]
    skipped += [source.path for source in shown if source.path.suffix.lower() in LISTED]
    return _without_chunks([source for source in shown if _is_wanted(source)])


def _in_folder(
    path: Path, refused: dict[Path, FileProblem], inner: list[RefusedZip]
) -> Iterator[Source]:
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        if file.suffix.lower() not in _ARCHIVES:
            yield Source(file)
        elif not _is_hidden(file.relative_to(path)):
            try:
                inside = members(file, inner)
                for source in inside:
                    if _comes_with_another(source):
                        source.check()
            except RefusedZip as error:
                _refuse(refused, error)
            else:
                yield from inside


def _comes_with_another(source: Source) -> bool:
    """Whether it is read while another file is imported: then it can't be left out any more."""
    return source.path.name in COMPANIONS or (
        source.path.parent.name == _CHUNKS and source.path.suffix.lower() in SUFFIXES
    )


def _is_wanted(source: Source) -> bool:
    return source.path.suffix.lower() in SUFFIXES and source.path.name not in COMPANIONS


def _is_hidden(shown: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in shown.parts)


def _without_chunks(sources: list[Source]) -> list[Source]:
    """`chunks/` beside a manifest is read with it."""
    manifests = {source.path.parent for source in sources if source.path.name == "manifest.json"}
    return [
        source
        for source in sources
        if not (source.path.parent.name == _CHUNKS and source.path.parent.parent in manifests)
    ]

"""Which files are to be imported: those that were named, and those in folders and .zip files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from storage.errors import InputError
from storage.importers.base import Importer
from storage.importers.dates import Order
from storage.importers.detect import detect, unknown_format
from storage.importers.file import ExportFile
from storage.importers.source import Source, is_zip, members

SUFFIXES = {".json", ".jsonl", ".csv", ".txt"}
COMPANIONS = {"users.json"}
Work = list[tuple[ExportFile, Importer]]


def choose(
    paths: Sequence[Path], known: Importer | None, dates: Order | None, max_bad_rows: int
) -> tuple[Work, list[Path]]:
    """Each file with its format, and the files of folders that are no export.

    Raises InputError for a named file that is none, and for a folder without any.
    """
    work: dict[object, tuple[ExportFile, Importer]] = {}
    skipped: list[Path] = []
    for path in paths:
        inside, found = path.is_dir() or is_zip(path), False
        for source in _below(path) if inside else [Source(path)]:
            file = ExportFile(source, dates=dates, max_bad_rows=max_bad_rows)
            importer = None if inside and file.is_blank else known or detect(file)
            if importer is not None:
                found = True
                # A file that is named and also lies in a named folder is one file.
                work.setdefault(source.key, (file, importer))
            elif inside:
                skipped.append(file.path)
            else:
                raise unknown_format(file)
        if inside and not found:
            kind = "folder" if path.is_dir() else ".zip"
            raise InputError(f"{path}: no chat export in this {kind}; give the one with them")
    if not work:
        raise InputError("import: no file was given; name the exports or their folder")
    return list(work.values()), skipped


def _below(path: Path) -> list[Source]:
    if not path.is_dir():
        return _without_chunks([source for source in members(path) if _is_wanted(source, path)])
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return _without_chunks([source for source in _opened(files) if _is_wanted(source, path)])


def _opened(files: Sequence[Path]) -> Iterator[Source]:
    for file in files:
        if file.suffix.lower() == ".zip" and is_zip(file):
            yield from members(file)
        else:
            yield Source(file)


def _is_wanted(source: Source, below: Path) -> bool:
    shown = source.path.relative_to(below)
    return (
        shown.suffix.lower() in SUFFIXES
        and shown.name not in COMPANIONS
        and not any(part.startswith((".", "__MACOSX")) for part in shown.parts)
    )


def _without_chunks(sources: list[Source]) -> list[Source]:
    """`chunks/` beside a manifest is read with it."""
    manifests = {source.path.parent for source in sources if source.path.name == "manifest.json"}
    return [
        source
        for source in sources
        if not (source.path.parent.name == "chunks" and source.path.parent.parent in manifests)
    ]

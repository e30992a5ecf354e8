"""Find the formats in their folder, and the one that a file is in."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import cast

from storage.errors import InputError
from storage.importers import formats
from storage.importers.base import Importer
from storage.importers.file import ExportFile
from storage.importers.likeness import Likeness, likeliest
from storage.importers.no_chats import check_no_chats
from storage.importers.problems import BadFile
from storage.importers.raw_files.source import is_workbook
from storage.texts import Text, joined

_NAME_FORMAT = Text("if it is one of them, name it with --format")
_NAME_COLUMNS = Text("if it is a table, name its columns with --columns time=…,sender=…,text=…")


@cache
def importers() -> tuple[Importer, ...]:
    """Every module of `formats/`, by name. They are imported at the first call."""
    names = [module.name for module in pkgutil.iter_modules(formats.__path__)]
    modules = [import_module(f"{formats.__name__}.{name}") for name in names]
    return tuple(sorted((cast(Importer, module) for module in modules), key=lambda it: it.NAME))


def importer_named(name: str) -> Importer:
    """Raises InputError when no format has that name."""
    for importer in importers():
        if name == importer.NAME:
            return importer
    names = _names(importers())
    raise InputError(
        Text("format '{name}': no such format; use one of {names}", name=name, names=names)
    )


def detect(file: ExportFile) -> Importer | None:
    """The format of the file, or None.

    Raises InputError when it can't be a chat export at all, and when it fits two formats.
    """
    found = recognizing(file)
    if len(found) > 1:
        cause = Text("it fits more than one format: {names}", names=_names(found))
        raise BadFile(file.path, cause, in_terminal=Text("name the right one with --format"))
    if not found:
        _check_other(file)
    return found[0] if found else None


def recognizing(file: ExportFile) -> tuple[Importer, ...]:
    return tuple(importer for importer in importers() if importer.recognizes(file))


def unknown_format(file: ExportFile) -> BadFile:
    """Says which formats the file is most like, and what of them it lacks."""
    if is_workbook(file.path):
        cause = Text("a spreadsheet of no known program")
        return BadFile(file.path, cause, in_terminal=_NAME_COLUMNS)
    if "\0" in file.head:
        return BadFile(file.path, Text("no text, but a picture, a recording or the like"))
    found = likeliest(file, importers())
    if not found:
        cause = Text("not an export of a known format, and like none of them")
        return BadFile(file.path, cause, in_terminal=_NAME_COLUMNS)
    likely = joined("; ", [_likely(like) for like in found])
    return BadFile(
        file.path,
        Text("not an export of a known format; the likeliest are {likely}", likely=likely),
        in_terminal=Text("{problem}; {remedy}", problem=_NAME_FORMAT, remedy=_NAME_COLUMNS),
    )


def _likely(like: Likeness) -> Text:
    return Text("{name} (it has no {lacks})", name=like.name, lacks=joined(", ", like.lacks))


def _check_other(file: ExportFile) -> None:
    check_no_chats(file.path, file.shape)
    if file.path.suffix.lower() == ".json":
        for _ in file.json():
            pass  # broken JSON is reported as such


def _names(found: tuple[Importer, ...]) -> str:
    return ", ".join(importer.NAME for importer in found)

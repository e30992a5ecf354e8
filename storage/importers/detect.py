"""Find the formats in their folder, and the one that a file is in."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import cast

from storage.errors import InputError
from storage.importers import formats
from storage.importers.base import Importer
from storage.importers.file import ExportFile
from storage.importers.likeness import likeliest
from storage.importers.no_chats import check_no_chats
from storage.importers.raw_files.source import is_workbook


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
    raise InputError(f"format '{name}': no such format; use one of {_names(importers())}")


def detect(file: ExportFile) -> Importer | None:
    """The format of the file, or None.

    Raises InputError when it can't be a chat export at all, and when it fits two formats.
    """
    found = recognizing(file)
    if len(found) > 1:
        raise InputError(
            f"{file.path}: fits more than one format ({_names(found)}); "
            "name the right one with --format"
        )
    if not found:
        _check_other(file)
    return found[0] if found else None


def recognizing(file: ExportFile) -> tuple[Importer, ...]:
    return tuple(importer for importer in importers() if importer.recognizes(file))


def unknown_format(file: ExportFile) -> InputError:
    """Says which formats the file is most like, and what of them it lacks."""
    if is_workbook(file.path):
        return InputError(
            f"{file.path}: a spreadsheet of no known program; name its columns with "
            "--columns time=…,sender=…,text=…"
        )
    likely = "; ".join(
        f"{like.name} (it has no {', '.join(like.lacks)})" for like in likeliest(file, importers())
    )
    return InputError(
        f"{file.path}: line 1: not an export of a known format; the likeliest are {likely}; "
        "if it is one of them, name it with --format; if it is a table, name its columns "
        "with --columns time=…,sender=…,text=…"
    )


def _check_other(file: ExportFile) -> None:
    check_no_chats(file.path, file.shape)
    if file.path.suffix.lower() == ".json":
        for _ in file.json():
            pass  # broken JSON is reported as such


def _names(found: tuple[Importer, ...]) -> str:
    return ", ".join(importer.NAME for importer in found)

"""Which format a file is in. It goes by content: exports get renamed."""

from typing import cast

from storage.errors import InputError
from storage.importers.base import Importer
from storage.importers.file import ExportFile
from storage.importers.formats import (
    chatlab,
    chatlog,
    discord,
    imessage,
    line,
    memotrace,
    memotrace_conversations,
    memotrace_txt,
    pywxdump,
    qq,
    qq_txt,
    recipe,
    telegram,
    weflow,
    weflow_csv,
    whatsapp,
)

# In this order: a format that asks for less comes after one that asks for more.
IMPORTERS: list[Importer] = [
    cast(Importer, module)
    for module in (
        *(chatlab, weflow, discord, qq, telegram),
        *(recipe, chatlog, memotrace_conversations),
        # PyWxDump's header without a room is WeFlow's.
        *(weflow_csv, pywxdump, memotrace),
        *(whatsapp, line, imessage, qq_txt, memotrace_txt),
    )
]
_ALPACA = ("instruction", "output")


def importer_named(name: str) -> Importer:
    """Raises InputError when no format has that name."""
    for importer in IMPORTERS:
        if name == importer.NAME:
            return importer
    raise InputError(f"format '{name}': no such format; use one of {_names()}")


def detect(file: ExportFile) -> Importer | None:
    """The format of the file, or None. Raises InputError when it can't be a chat export at all."""
    for importer in IMPORTERS:
        if importer.recognizes(file):
            return importer
    shape = file.shape
    if shape.has(*_ALPACA) or shape.has(*(f"*.{name}" for name in _ALPACA)):
        raise InputError(
            f"{file.path}: an Alpaca dataset, which is trained on and not imported; "
            "use `bot.py train --alpaca FILE`"
        )
    if file.path.suffix.lower() == ".json":
        for _ in file.json():
            pass  # broken JSON is told as such
    return None


def unknown_format(file: ExportFile) -> InputError:
    return InputError(
        f"{file.path}: line 1: not an export of a known format ({_names()}); "
        "if it is one of them, name it with --format"
    )


def _names() -> str:
    return ", ".join(importer.NAME for importer in IMPORTERS)

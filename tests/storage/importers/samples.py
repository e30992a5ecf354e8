"""The small exports beside the tests of the formats, and what tests do with them."""

import csv
import io
import json
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from storage.importers.base import ImportedMessage, Importer
from storage.importers.detect import detect, importers
from storage.importers.file import ExportFile

T0 = 1728013385  # 2024-10-04T03:43:05Z
Seen = tuple[str, bool | None, str, str]


@dataclass(frozen=True)
class Sample:
    """A file in the exact shape that its program writes.

    `me` is the owner's name where the file does not mark them, `beside` are files read with it.
    """

    name: str
    text: str
    me: str | None = None
    beside: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, indent: int | None = 1) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def as_csv(*rows: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def samples_of(importer: Importer) -> tuple[Sample, ...]:
    """SAMPLES of the test beside the format: `formats/test_MODULE.py`."""
    module = importer.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    found: tuple[Sample, ...] = import_module(f"{__package__}.formats.test_{module}").SAMPLES
    return found


@cache
def samples() -> dict[str, tuple[Importer, Sample]]:
    """Every sample by its name, with its format."""
    return {
        sample.name: (importer, sample)
        for importer in importers()
        for sample in samples_of(importer)
    }


def sample_named(name: str) -> Sample:
    return samples()[name][1]


def put(folder: Path, sample: Sample) -> Path:
    for name, text in {sample.name: sample.text, **sample.beside}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder / sample.name


def read(path: Path) -> list[ImportedMessage]:
    file = ExportFile(path)
    importer = detect(file)
    assert importer is not None
    messages = list(importer.read(file))
    assert file.problems == []
    return messages


def read_sample(folder: Path, name: str) -> list[ImportedMessage]:
    return read(put(folder, sample_named(name)))


def seen(messages: list[ImportedMessage]) -> list[Seen]:
    return [(m.sender_name, m.from_owner, m.kind, m.text) for m in messages]

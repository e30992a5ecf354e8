"""Write the formats into the docs: `python -m storage.importers.formats_table`.

The English tables come from the format modules. The first Chinese one is translated by hand: its
rows follow the English ones, and a row that is not translated yet stands there in English. The
second tells how far each format is proven: versions, sources, the samples beside its test, and the
faults that were found. Both READMEs say how many formats there are.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from storage.importers.base import Importer
from storage.importers.detect import importers

ROOT = Path(__file__).resolve().parents[2]
TESTS = "tests/storage/importers"
_ROWS = re.compile(r"(?m)(?<=\n\|---\|---\|---\|---\|---\|\n)(?:\|.*\n)+")
_PROOF = re.compile(r"(?m)(?<=\n\|---\|---\|---\|---\|---\|---\|\n)(?:\|.*\n)+")
_COUNTS = {"README.md": r"\d+(?= formats\b)", "README.zh-CN.md": r"\d+(?= 种导出格式)"}


def documents() -> dict[Path, str]:
    """Each document as it should be."""
    english, chinese = ROOT / "docs/import.md", ROOT / "docs/import.zh-CN.md"
    found = {
        english: _ROWS.sub(lambda _: "".join(_rows()), _text(english)),
        chinese: _ROWS.sub(lambda table: "".join(_translated(table[0])), _text(chinese)),
    }
    for path, language in ((english, "en"), (chinese, "zh")):
        before, after = _PROOF.split(found[path])
        found[path] = before + "".join(_proof_rows(language)) + after
    for name, count in _COUNTS.items():
        found[ROOT / name] = re.sub(count, str(len(importers())), _text(ROOT / name))
    return found


def _rows() -> list[str]:
    """A row for each program, the formats of one platform together."""
    return [
        f"| {program.name} | {program.file} | `{importer.NAME}` | {program.owner} "
        f"| {program.unsure}{' ' if program.unsure else ''}|\n"
        for importer in sorted(importers(), key=lambda importer: (importer.PLATFORM, importer.NAME))
        for program in importer.PROGRAMS
    ]


def _proof_rows(language: str) -> list[str]:
    """A row for each format. The samples and faults are those of the tests."""
    written = (ROOT / TESTS / "faults_found.toml").read_text(encoding="utf-8")
    faults = tomllib.loads(written)["fault"]
    between = "；" if language == "zh" else "; "
    rows = []
    for importer in importers():
        programs = importer.PROGRAMS
        cells = (
            f"`{importer.NAME}`",
            _once(", ", (program.name for program in programs)),
            _once("; ", (program.versions for program in programs)),
            _once("; ", (program.source for program in programs)),
            str(_samples(importer)),
            between.join(fault[language] for fault in faults if importer.NAME in fault["formats"]),
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    return rows


def _once(between: str, values: Iterable[str]) -> str:
    return between.join(dict.fromkeys(value for value in values if value))


def _samples(importer: Importer) -> int:
    """How many whole files its test has, which all tests of formats use."""
    module = importer.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    test = import_module(f"{TESTS.replace('/', '.')}.formats.test_{module}")
    return len(test.SAMPLES)


def _translated(table: str) -> list[str]:
    by_format: dict[str, list[str]] = defaultdict(list)
    for row in table.splitlines(keepends=True):
        by_format[_format(row)].append(row)
    return [by_format[_format(row)].pop(0) if by_format[_format(row)] else row for row in _rows()]


def _format(row: str) -> str:
    return row.split("|")[3].strip(" `")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")

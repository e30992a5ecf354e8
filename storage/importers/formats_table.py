"""Write the formats into the docs: `python -m storage.importers.formats_table`.

The English tables come from the format modules. The first Chinese one is translated by hand: its
rows follow the English ones, and a row that is not translated yet stands there in English. The
second, of versions and sources, is the same in both. Both READMEs say how many formats there are.
"""

import re
from collections import defaultdict
from pathlib import Path

from storage.importers.detect import importers

ROOT = Path(__file__).resolve().parents[2]
_ROWS = re.compile(r"(?m)(?<=\|---\|---\|---\|---\|---\|\n)(?:\|.*\n)+")
_SOURCES = re.compile(r"(?m)(?<=\n\|---\|---\|---\|---\|\n)(?:\|.*\n)+")
_COUNTS = {"README.md": r"\d+(?= formats\b)", "README.zh-CN.md": r"\d+(?= 种导出格式)"}


def documents() -> dict[Path, str]:
    """Each document as it should be."""
    english, chinese = ROOT / "docs/import.md", ROOT / "docs/import.zh-CN.md"
    found = {
        english: _ROWS.sub(lambda _: "".join(_rows()), _text(english)),
        chinese: _ROWS.sub(lambda table: "".join(_translated(table[0])), _text(chinese)),
    }
    for path, text in found.items():
        found[path] = _SOURCES.sub(lambda _: "".join(_source_rows()), text)
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


def _source_rows() -> list[str]:
    return [
        f"| `{importer.NAME}` | {program.name} | {program.versions} | {program.source} |\n"
        for importer in importers()
        for program in importer.PROGRAMS
    ]


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

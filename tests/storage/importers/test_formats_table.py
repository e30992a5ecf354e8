"""The docs list the formats that there are."""

import re
import tomllib

import pytest

from storage.importers.detect import importers
from storage.importers.formats_table import ROOT, TESTS, documents

DOCUMENTS = documents()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_docs_agree_with_the_formats(path: str) -> None:
    written = (ROOT / path).read_text(encoding="utf-8")
    assert written == DOCUMENTS[ROOT / path], "run `python -m storage.importers.formats_table`"


@pytest.mark.parametrize("name", ["import.md", "import.zh-CN.md"])
def test_every_format_has_its_rows(name: str) -> None:
    table = re.findall(r"(?m)^\|[^|]*\|[^|]*\| `(\w[\w-]*)` \|", DOCUMENTS[ROOT / "docs" / name])
    rows = {importer.NAME: len(importer.PROGRAMS) for importer in importers()}
    assert {format: table.count(format) for format in table} == rows


def test_the_faults_are_of_formats_that_there_are_in_both_languages() -> None:
    faults = tomllib.loads((ROOT / TESTS / "faults_found.toml").read_text(encoding="utf-8"))[
        "fault"
    ]
    formats = {importer.NAME for importer in importers()}
    assert all(set(fault) == {"formats", "en", "zh"} for fault in faults)
    assert {name for fault in faults for name in fault["formats"]} <= formats


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_says_how_many(name: str) -> None:
    assert re.search(rf"\b{len(importers())}( formats| 种导出格式)", DOCUMENTS[ROOT / name])

"""Check that the documentation names what exists: links, files, commands, settings, the version."""

import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

import bot
from tests.tutorials import tutorial_files

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob(".github/**/*.md"), *ROOT.glob("docs/**/*.md")])
FOLDERS = r"(?:twin|training|storage|tests|benchmarks|docs)"
PATH = re.compile(rf"`({FOLDERS}/[\w./-]+)`|({FOLDERS}/[\w./-]+\.(?:py|toml|js))")
FILE_NAME = re.compile(r"`(\w+\.(?:py|toml))`|\b(test_\w+\.py)")
COMMAND = r"bot\.py ([a-z]+(?: [a-z]+){0,2})"
# A log of experiments names what was there on its day; tutorials name what the reader will write.
DATED = {"docs/experiments.md", "CHANGELOG.md"}


def _prose(page: Path) -> str:
    """The page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _prose(page), re.M)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in plain}


def _links(page: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        if "://" not in link:
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in _links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in _anchors(target), f"{link} has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_rows_have_as_many_cells_as_their_table(page: Path) -> None:
    """A row of another table, put at the wrong place, is shown without its last cells."""
    for table in re.findall(r"(?:^\|.*\n)+", _prose(page), re.M):
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1, table.splitlines()[0]


@cache
def _names_of_files() -> set[str]:
    """Of all files that are ours."""
    names = {path.name for path in ROOT.iterdir()}
    for top in ("twin", "training", "storage", "tests", "benchmarks", "docs"):
        for _, folders, files in os.walk(ROOT / top):
            folders[:] = [folder for folder in folders if folder != "node_modules"]
            names.update(files)
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    if str(page.relative_to(ROOT)) in DATED:
        return
    text = _prose(page)
    written = tutorial_files(page.read_text("utf-8"))
    named = {first or second for first, second in PATH.findall(text)}
    missing = {path for path in named if path not in written and not (ROOT / path).exists()}
    names = {first or second for first, second in FILE_NAME.findall(text)}
    assert not missing
    assert not names - _names_of_files() - {Path(path).name for path in written}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_modules_that_are_run_exist(page: Path) -> None:
    if str(page.relative_to(ROOT)) in DATED:
        return
    for module in re.findall(rf"python -m ({FOLDERS}[\w.]*)", page.read_text("utf-8")):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_are_named_exist(page: Path) -> None:
    known = _all_commands()
    groups = {command[: gap.start()] for command in known for gap in re.finditer(" ", command)}
    for first, *others in map(str.split, re.findall(COMMAND, page.read_text("utf-8"))):
        command = first
        for word in others:
            if command in groups:
                command = f"{command} {word}"
        assert command in known | groups, f"bot.py {command}"


@cache
def _all_commands() -> set[str]:
    return set(_commands(typer.main.get_command(bot.app)))


def _commands(command: object, path: str = "") -> Iterator[str]:
    children = getattr(command, "commands", {})
    if path and not children:
        yield path
    for name, child in children.items():
        yield from _commands(child, f"{path} {name}".strip())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_that_are_named_exist(page: Path) -> None:
    settings = tomllib.loads((ROOT / "config.toml").read_text("utf-8"))
    for section, key in re.findall(r"`\[([a-z_.]+)\] (\w+)", _prose(page)):
        values = settings
        for part in section.split("."):
            values = values.get(part, {})
        assert key in values, f"[{section}] {key}"


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name.endswith(".zh-CN.md")],
    ids=lambda page: page.name,
)
def test_a_translation_has_the_same_headings(page: Path) -> None:
    english = page.with_name(page.name.replace(".zh-CN", ""))
    levels = [re.findall(r"^(#+) ", _prose(each), re.M) for each in (english, page)]
    assert levels[0] == levels[1]


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    pages = {page.name for page in folder.glob("*.md")} - {"README.md"}
    assert pages == set(_links(folder / "README.md")) - {"../experiments.md"}


def test_the_changelog_begins_with_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    heading = re.search(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert heading is not None
    assert re.fullmatch(
        rf"Unreleased \({re.escape(version)}\)|{re.escape(version)} - \d{{4}}-\d\d-\d\d", heading[1]
    )


def test_the_map_is_short() -> None:
    assert len((ROOT / "docs/architecture.md").read_text("utf-8").splitlines()) <= 120

"""Follow the tutorials of CONTRIBUTING.md, in a copy of the project."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tutorials import tutorial_files

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
NEEDED = (
    *("bot.py", "config.toml", "pyproject.toml", "README.md", "README.zh-CN.md"),
    *("docs", "storage", "training", "twin", "tests"),
)
NOT_NEEDED = shutil.ignore_patterns("__pycache__", "node_modules", "images")
# Which connectors a bot with these settings has.
CONNECT = """
from pathlib import Path
from storage.database import open_database
from twin.config.load import load_config
from twin.connectors.base import ConnectorContext, connect_all
config = load_config(Path("my.toml"))
context = ConnectorContext(open_database(config.database), config.data, "")
print([connector.name for connector in connect_all(config, context)])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that a tutorial may write into."""
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=NOT_NEEDED)
        else:
            shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def follow(project: Path, heading: str) -> list[str]:
    """Save the files of a tutorial; their paths, in order."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    files = tutorial_files(section)
    for name, code in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, "utf-8")
    return list(files)


def python(project: Path, *arguments: str) -> str:
    """What `python ARGUMENTS` prints in the copy. Fails if it does."""
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={"PATH": "", "PYTHONPATH": str(project), "HOME": str(project), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def run_tests(project: Path, *arguments: str) -> str:
    return python(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)


def checked(project: Path, names: list[str]) -> None:
    """What a tutorial shows passes the project's own checks."""
    python(project, "-m", "ruff", "check", "--no-cache", *names)
    python(project, "-m", "ruff", "format", "--no-cache", "--check", *names)


def test_an_importer_is_one_file_and_one_test(project: Path) -> None:
    names = follow(project, "Add an importer")
    assert names == [
        "storage/importers/formats/chatlines.py",
        "tests/storage/importers/formats/test_chatlines.py",
    ]
    checked(project, names)
    python(project, "-m", "storage.importers.formats_table")
    assert "| `chatlines` |" in (project / "docs/import.md").read_text("utf-8")
    tests = "tests/storage/importers"
    passed = run_tests(
        project, names[1], f"{tests}/test_formats.py", f"{tests}/test_formats_table.py"
    )
    assert "failed" not in passed
    export = project / "anna.txt"
    export.write_text("#chatlines with Anna\n2024-10-04T11:43:05+08:00 me: hi\n", "utf-8")
    assert "Anna" in python(project, "bot.py", "import", str(export), "--dry-run")


def test_a_connector_is_one_folder_and_one_test_platform(project: Path) -> None:
    names = follow(project, "Add a connector")
    assert names == [
        "twin/connectors/textfile/__init__.py",
        "twin/connectors/textfile/connector.py",
        "tests/twin/connectors/textfile/platform.py",
    ]
    checked(project, names)
    tests = "tests/twin/connectors"
    passed = run_tests(
        project,
        f"{tests}/test_contract.py",
        f"{tests}/test_nothing_missed.py",
        f"{tests}/test_folders.py",
        "-k",
        "textfile or folder",
    )
    assert "failed" not in passed
    (project / "my.toml").write_text(
        "[web]\nenabled = false\n[connectors.textfile]\nenabled = true\n", "utf-8"
    )
    assert python(project, "-c", CONNECT) == "['textfile']\n"

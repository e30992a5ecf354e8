"""What is installed: a wheel with everything that the program opens, started from anywhere."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.ports import free_port
from twin.places import ROOT

WANTED = "TWIN_INSTALL" in os.environ or "TWIN_REQUIRE_ALL" in os.environ
needs_half_a_minute = pytest.mark.skipif(
    not WANTED or os.name != "posix", reason="builds and installs a wheel: TWIN_INSTALL=1"
)
PACKAGES = ("storage", "training", "twin")


def other_files() -> Iterator[Path]:
    """What belongs to the packages and is no Python."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                yield path.relative_to(ROOT)


def test_every_file_is_of_a_kind_that_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    left_out = [
        path for path in other_files() if not any(fnmatch(path.name, one) for one in patterns)
    ]
    assert left_out == []


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; the packages that it needs are this one's."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    options = ["--no-deps", "--no-build-isolation", "--no-index"]
    # Copied first: setuptools writes its build folder beside the code.
    copy = folder / "copy"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
    changed = subprocess.run(
        ["git", "diff", "HEAD", "--binary"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    subprocess.run(["git", "apply", "--allow-empty"], cwd=copy, input=changed, check=True)
    subprocess.run([*pip, "wheel", *options, "-w", str(folder), str(copy)], check=True)
    venv = folder / "a venv"
    made = [sys.executable, "-m", "venv", "--without-pip", str(venv)]
    subprocess.run(made, check=True)
    (wheel,) = folder.glob("*.whl")
    into = [*pip, "--python", str(venv), "install", *options, "--force-reinstall", str(wheel)]
    subprocess.run(into, env={"PATH": os.environ["PATH"]}, check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "others.pth").write_text(ours + "\n", "utf-8")
    return venv


def run(venv: Path, home: Path, *arguments: str) -> str:
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "TMPDIR")}
    environment = kept | {"HOME": str(home), "LANG": "C.UTF-8"}
    ended = subprocess.run(
        [venv / "bin" / "twin", *arguments],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    return ended.stdout + ended.stderr


@needs_half_a_minute
def test_the_wheel_holds_it_all(installed: Path) -> None:
    (packages,) = installed.glob("lib/python*/site-packages")
    assert [path for path in other_files() if not (packages / path).is_file()] == []
    shipped = (packages / "twin" / "config" / "shipped.toml").read_bytes()
    assert shipped == (ROOT / "config.toml").read_bytes()
    assert not (packages / "tests").exists()


@needs_half_a_minute
def test_it_finds_its_settings_and_its_data_from_anywhere(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "a home"
    home.mkdir()
    assert "Usage" in run(installed, home, "--help")
    assert "database" in run(installed, home, "doctor")
    folder = home / ".local" / "share" / "twin"
    assert (folder / "data" / "twin.db").is_file()
    (folder / "config.toml").write_text(f"[web]\nport = {free_port()}\nhost = 'nowhere.invalid'\n")
    assert "nowhere.invalid" in run(installed, home, "doctor")
    assert "twin --help" in run(installed, home, "nonsense")

"""No test touches the user's folders or the network, and in CI none is skipped."""

import gc
import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlite_utils import Database

from storage.database import open_database
from tests.quick_schema import copy_or_migrate

# Nothing that is imported is garbage: until every file is read, nobody looks for any.
gc.disable()

# Each process would compile all tests, and each one it starts the whole program: kept, whatever
# the environment says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Hugging Face reads these once, when it is imported, so they are set before anything of it is.
_CACHE = tempfile.TemporaryDirectory(prefix="twin-tests-", ignore_cleanup_errors=True)
os.environ["HF_HOME"] = _CACHE.name
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.pop("TWIN_CONFIG", None)  # the settings of whoever runs the tests
os.environ["LC_ALL"] = "C.UTF-8"  # the commands speak the language of the terminal
os.environ["TWIN_TURNS"] = str(Path(_CACHE.name) / "turns")  # or tests would wait for each other
# Node.js reads the driver of each test's browser a quarter faster when it was compiled before.
os.environ["NODE_COMPILE_CACHE"] = str(Path(_CACHE.name) / "node")
if "PYTEST_XDIST_WORKER" in os.environ:
    # torch's threads wait for each other in a spin, which the other workers pay for.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# On a busy machine an example may take long: no reason to fail.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

# A file is of the first kind that it has a test of, the longest first.
BUSY, WAITING = ("model", "slow"), ("gateway", "browser", "server")
KINDS = (*BUSY, *WAITING)
GATEWAYS = {"own_gateway", "shared_gateway", "gateway", "synapse"}
HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_DATA_HOME")


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Apart: pytest looks through all of its folders for the number of each new one."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def home(homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of its own for each test."""
    folder = Path(tempfile.mkdtemp(dir=homes))
    for name in HOMES:
        monkeypatch.setenv(name, str(folder))
    return folder


@pytest.fixture(autouse=True)
def quick_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new database needs no migration. Tests of the migrations leave this out."""
    monkeypatch.setattr("storage.database.migrate", copy_or_migrate)
    monkeypatch.setattr("storage.importers.identity.migrate", copy_or_migrate)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A database of its own for each test."""
    database = open_database(tmp_path / "twin.db")
    yield database
    database.conn.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, a gateway or a server, and put the files in order."""
    kind_of: dict[Path, int] = {}
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.path.stem.endswith("_browser") or "browser" in fixtures:
            item.add_marker("browser")
        if fixtures & GATEWAYS:
            item.add_marker("gateway")
        if "stage" in fixtures:
            item.add_marker("server")
        kinds = [at for at, kind in enumerate(KINDS) if item.get_closest_marker(kind)]
        kind_of[item.path] = min([*kinds, kind_of.get(item.path, len(KINDS))])
    place = _places(kind_of)
    items.sort(key=lambda item: place[item.path])


def _places(kind_of: dict[Path, int]) -> dict[Path, float]:
    """Where each file comes, from 0 to 1: the quick ones last, or all would wait for a long one.

    Those that keep a processor busy take turns with those that mostly wait for another program:
    side by side the processes use both.
    """
    places = dict.fromkeys(kind_of, 1.0)
    for kinds in (BUSY, WAITING):
        numbers = [KINDS.index(kind) for kind in kinds]
        files = [path for number in numbers for path, kind in kind_of.items() if kind == number]
        places |= {path: at / len(files) for at, path in enumerate(files)}
    return places


def pytest_collection_finish() -> None:
    """What is imported stays; each garbage collection would look through all of torch else."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("TWIN_REQUIRE_ALL") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and TWIN_REQUIRE_ALL forbids it: {report.longrepr}"


@pytest.fixture(autouse=True)
def no_second_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on what the sentence model thinks but its own."""
    monkeypatch.setattr("twin.replying.guard.meant_topic", lambda _: None)

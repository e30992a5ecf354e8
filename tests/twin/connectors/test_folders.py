"""A folder is all that a connector needs: its settings, its page and its start find it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.twin.connectors.platforms import NAMES, folder_of
from twin.config.fields import all_settings
from twin.config.load import DEFAULT_FILE, load_config
from twin.connectors.base import connector_folders

ROOT = Path(__file__).resolve().parents[3]
# Another folder of connectors, as if it stood beside those of the program.
ADD_FOLDER = "import sys, twin.connectors; twin.connectors.__path__.append(sys.argv[1])\n"
NEW = """
from pydantic import Field
from twin.config.connector_sections import ConnectorSettings
from twin.connectors.base import Connector, ConnectorContext, ConnectorFolder
from twin.connectors.problems import Problem

class Settings(ConnectorSettings):
    room: str = Field(default="lobby", description="Where friends write.")

def connect(settings: Settings, context: ConnectorContext) -> Connector:
    import no_such_package

CONNECTOR = ConnectorFolder(
    name="new",
    title="New",
    section="connectors.new",
    settings=Settings,
    file_only={"room": "others read it"},
    connect=connect,
    problems=lambda settings, data: [Problem(f"{settings.room} is closed", "open it")],
    stray_files=lambda data, known: [data / "left over"],
)
"""


def run(folder: Path, script: str) -> str:
    """What the script prints in a program with one more connector, [connectors.new]."""
    (folder / "new").mkdir()
    (folder / "new" / "__init__.py").write_text(NEW, encoding="utf-8")
    (folder / "config.toml").write_text(
        "[web]\nenabled = false\n[console]\nenabled = true\n"
        '[connectors.new]\nenabled = true\nroom = "den"\n',
        encoding="utf-8",
    )
    ended = subprocess.run(
        [sys.executable, "-c", ADD_FOLDER + script, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_folder_is_found_by_settings_page_doctor_and_forget(tmp_path: Path) -> None:
    script = """
import json
from pathlib import Path
from twin.config.fields import all_settings
from twin.config.load import load_config
from twin.connectors.base import connector_folders
from twin.diagnostics.doctor import diagnose
folder = Path(sys.argv[1])
config = load_config(folder / "config.toml")
[new] = [one for one in connector_folders() if one.name == "new"]
[room] = [one for one in all_settings() if one.key == "connectors.new.room"]
print(json.dumps({
    "room": new.of(config).room,
    "page": [room.note, room.fixed],
    "doctor": [[c.name, c.found, c.remedy] for c in diagnose(config) if c.verdict == "fail"],
    "strays": [path.name for path in new.stray_files(folder, ())],
}))
"""
    assert json.loads(run(tmp_path, script)) == {
        "room": "den",
        "page": ["Where friends write.", "others read it"],
        "doctor": [["New", "den is closed", "open it"]],
        "strays": ["left over"],
    }


@pytest.mark.slow
def test_a_missing_package_stops_that_connector_alone(tmp_path: Path) -> None:
    script = """
import logging
from pathlib import Path
from storage.database import open_database
from twin.config.load import load_config
from twin.connectors.base import ConnectorContext
from twin.connectors.base import connect_all
logging.basicConfig(stream=sys.stdout, format="%(message)s")
folder = Path(sys.argv[1])
config = load_config(folder / "config.toml")
made = connect_all(config, ConnectorContext(open_database(config.database), config.data, ""))
print([one.name for one in made])
"""
    logged, made = run(tmp_path, script).splitlines()
    assert logged.startswith("[connectors.new] is left out: No module named 'no_such_package'")
    assert made == "['console']"


def test_a_wrong_setting_is_told_as_any_other(tmp_path: Path) -> None:
    script = """
from pathlib import Path
from storage.errors import InputError
from twin.config.load import parse_config
for text in ("[connectors.new]\\nrom = 1", "[connectors.new]\\nroom = 1", "[connectors]\\nold = 1"):
    try:
        parse_config(text, Path("my.toml"))
    except InputError as error:
        print(error)
"""
    assert run(tmp_path, script).splitlines() == [
        "my.toml: connectors.new.rom: not a setting; see config.toml for all of them",
        "my.toml: connectors.new.room = 1: input should be a valid string",
        "my.toml: connectors.old: not a setting; see config.toml for all of them",
    ]


def test_each_folder_has_a_name_and_a_section_of_its_own() -> None:
    folders = connector_folders()
    assert len(folders) == len(NAMES)
    assert len({one.name for one in folders}) == len(NAMES)
    assert len({one.section for one in folders}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_folder_declares_is_true_of_its_settings(name: str) -> None:
    folder = folder_of(name)
    settings = {one.name: one for one in all_settings() if one.section == folder.section}
    assert folder.title
    assert set(folder.file_only) <= set(settings)
    for key in folder.settings.__annotations__:  # its own, not those of the server
        assert settings[key].note, f"[{folder.section}] {key}: give it a description"
    assert isinstance(folder.of(load_config(DEFAULT_FILE)), folder.settings)


def test_what_folders_declare_loads_nothing_heavy() -> None:
    """Every command reads it, `bot.py --help` and the trainer too."""
    script = (
        "import sys, twin.connectors.base\n"
        "def packages(): return {name.partition('.')[0] for name in sys.modules}\n"
        "before = packages()\n"
        "import twin.config.load\n"
        "print(sorted(packages() - before - set(sys.stdlib_module_names)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout == "[]\n"

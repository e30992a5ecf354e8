"""Where the program and its settings are: in a copy of the repository, or installed."""

import os
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IS_INSTALLED = not (ROOT / "pyproject.toml").is_file()
PROGRAM = "twin" if IS_INSTALLED else "bot.py"
VARIABLE = "TWIN_CONFIG"
SERVICE_SECRETS = "environment"  # a file beside the settings, which need not be there
# The settings as they come with the program; see setup.py.
SHIPPED_SETTINGS = ROOT / ("twin/config/shipped.toml" if IS_INSTALLED else "config.toml")


def program_version() -> str:
    if IS_INSTALLED:
        return version("twin")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def default_settings(*, installed: bool = IS_INSTALLED) -> Path:
    """The settings file when nobody names one, which need not exist; the data lies beside it.

    In a copy of the repository that is beside the code, not in the current folder: the trainer,
    another process, must find the same one. An installed program is deleted with each upgrade.
    """
    if given := os.environ.get(VARIABLE):
        return from_home(given).absolute()
    if not installed:
        return ROOT / "config.toml"
    from platformdirs import user_data_path  # each command reads settings; few need this

    return user_data_path("twin", appauthor=False) / "config.toml"


def from_home(path: str) -> Path:
    """The path, of which a `~` at the beginning is a home; as it is where nobody has that home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # nothing lies there, and whoever looks says so
        return Path(path)


def as_typed(text: str) -> str:
    """A text of ours with the command as people type it here: `twin` where it is installed."""
    return text.replace("bot.py ", f"{PROGRAM} ") if IS_INSTALLED else text

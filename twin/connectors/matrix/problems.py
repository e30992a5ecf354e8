"""What the running connector found wrong, kept for `bot.py doctor`, and what that finds itself."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from storage.atomic_files import write_text
from storage.errors import TwinError
from storage.texts import Text
from twin.connectors.matrix.account import FOLDER, LOGIN_COMMAND, account_file, load_account
from twin.connectors.matrix.settings import Settings
from twin.connectors.problems import Problem, open_secrets

_FILE = "problem"
APART_MINUTES = 5


def problems(settings: Settings, data: Path) -> Sequence[Problem]:
    if find_spec("nio") is None:
        return [
            Problem(Text("the package {package} is missing", package="matrix-nio"), "`make setup`")
        ]
    try:
        if load_account(data) is None:
            log_in = Text("{command} with your Matrix id", command=LOGIN_COMMAND)
            return [Problem(Text("nobody is logged in"), log_in)]
    except TwinError as error:
        return [Problem(error.message, LOGIN_COMMAND)]
    found_open = open_secrets(account_file(data))
    try:
        found, _, remedy = (data / FOLDER / _FILE).read_text(encoding="utf-8").partition("; ")
    except (OSError, ValueError):
        return found_open
    return [Problem(found.removeprefix("matrix: "), remedy.strip()), *found_open]


def clock_problem(server_at: int | None, now: int) -> str | None:
    """What is wrong if the two clocks differ by much; both in UTC milliseconds."""
    minutes = 0 if server_at is None else round((now - server_at) / 60_000)
    if abs(minutes) < APART_MINUTES:
        return None
    return Text(
        "matrix: this machine's clock and the server's are {minutes} minutes apart; set this "
        "machine's clock",
        minutes=abs(minutes),
    )


def note_problem(data: Path, problem: str | None) -> None:
    """Keep what is wrong, as "cause; remedy"; None: nothing is. Raises OSError."""
    path = data / FOLDER / _FILE
    if problem is None:
        path.unlink(missing_ok=True)
    else:
        write_text(path, problem + "\n", mode=0o600)

"""`bot.py setup`, from an empty folder to a trained twin, by somebody at a keyboard."""

import io
import sys
from pathlib import Path

import pytest

import bot
from storage.adapters import list_adapters
from storage.database import open_database
from storage.invites import open_invites
from storage.runs import latest_run
from tests.newcomer import ANSWERS, COMPUTER, export, own_base, settings_as_shipped
from tests.terminal import Keyboard
from twin.config.load import DEFAULT_FILE, load_config
from twin.setup.choices import accounts_to_choose
from twin.setup.steps import STEPS, setup_state


class Newcomer:
    """Types lines into `bot.py setup`, and reads what it says."""

    def __init__(
        self, file: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.file, self._capsys, self._patch = file, capsys, patch

    def types(self, *lines: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
        self._patch.setattr(sys, "stdin", Keyboard("".join(f"{line}\n" for line in lines)))
        code = bot.main(["setup", *options, "--config", str(self.file)])
        shown = self._capsys.readouterr()
        return code, shown.out + shown.err

    def steps(self) -> dict[str, str]:
        config = load_config(self.file)
        db = open_database(config.database)
        state = setup_state(config, db)
        db.close()
        return {step: state.state(step) for step in STEPS}


@pytest.fixture
def newcomer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Newcomer:
    monkeypatch.setattr("twin.engine.bases.machine.measure_machine", lambda config: COMPUTER)
    monkeypatch.setattr("twin.engine.bases.offers.local_base", lambda *_: None)
    return Newcomer(settings_as_shipped(tmp_path), capsys, monkeypatch)


@pytest.mark.model
def test_from_an_empty_folder_to_a_twin_that_friends_can_write_to(
    newcomer: Newcomer, tmp_path: Path
) -> None:
    before = newcomer.file.read_text("utf-8")
    base = own_base(tmp_path)
    # Left in the middle: who they are in the file is asked, and then nobody answers.
    code, told = newcomer.types("Bob 小明", str(base), str(export(tmp_path)))
    assert (code, "Traceback" in told) == (2, False)
    assert "`bot.py setup` goes on" in told.splitlines()[-1]
    assert newcomer.steps() == dict.fromkeys(STEPS, "open") | {"you": "done", "base": "done"}

    file = f"'{export(tmp_path)}'"  # as a terminal writes a file that is dropped into it
    asked = (file, "2", "y", "", "", "y", "hello", "", "Cem", "")
    code, told = newcomer.types(*asked)
    assert code == 0, told
    assert "Which of these are you?" in told
    assert f"{2 * ANSWERS} messages" in told
    done = dict.fromkeys(STEPS, "done") | {"account": "skipped"}
    assert newcomer.steps() == done

    db = open_database(load_config(newcomer.file).database)
    run = latest_run(db)
    assert (run and run.state, len(list_adapters(db))) == ("done", 1)
    [(token, chat)] = open_invites(db)
    assert (chat.name, f"/c/{token}" in told) == ("Cem", True)
    db.close()
    changed = set(newcomer.file.read_text("utf-8").splitlines()) - set(before.splitlines())
    assert changed == {'name = "Bob 小明"', f'base = "{base}"'}  # and no comment is gone
    assert newcomer.types()[0] == 0  # nothing is left to ask


def test_what_can_not_be_used_is_said_and_asked_again(newcomer: Newcomer, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("just a note", "utf-8")
    lines = ("", "no such base", "", str(nothing), str(tmp_path / "gone"), "", "9", "x", "", "")
    code, told = newcomer.types(*lines)
    assert (code, told.count("error:"), "Traceback" in told) == (2, 6, False), told
    assert "at least 4 answers" in told
    states = newcomer.steps()
    assert (states["you"], states["account"], states["training"]) == ("skipped", "skipped", "open")


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("base", "x" * 5000),
        ("base", "~nobody of that name/base"),
        ("history", "x" * 5000),
        ("history", "a\0b"),
        ("history", "~nobody of that name/chats"),
        ("account", "9" * 5000),
    ],
)
def test_what_is_no_path_or_number_is_asked_again(
    newcomer: Newcomer, step: str, typed: str
) -> None:
    code, told = newcomer.types(typed, "", options=(step,))
    assert (code, told.count("error:"), "--debug" in told) == (0, 1, False), told[-300:]


def test_many_files_can_be_dropped_at_once(newcomer: Newcomer, tmp_path: Path) -> None:
    file = export(tmp_path)
    dropped = " ".join([f"'{file}'"] * (5000 // len(str(file))))
    code, told = newcomer.types(dropped, "2", "n", "", options=("history",))
    assert (code, "error:" in told) == (0, False), told[-300:]
    assert f"{2 * ANSWERS} messages" in told


def test_an_account_is_explained_in_the_terminals_language(
    newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    [number] = [at for at, one in enumerate(accounts_to_choose(), 1) if one.name == "qq"]
    code, told = newcomer.types(str(number), options=("account",))
    assert (code, "通过 OneBot v11 网关" in told) == (0, True), told


def test_ctrl_c_leaves_it_as_it_is(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("twin.cli.output.read_line", pressed)
    code, told = newcomer.types()
    assert (code, "Traceback" in told) == (1, False)
    assert "`bot.py setup` goes on" in told
    assert newcomer.steps() == dict.fromkeys(STEPS, "open")


def test_without_anybody_there_it_is_one_line(
    newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert bot.main(["setup", "you", "--config", str(newcomer.file)]) == 2
    assert capsys.readouterr().err.count("error:") == 1
    assert "nonsense" in newcomer.types(options=("nonsense",))[1]
    code, told = newcomer.types(options=("--json",))
    assert (code, '"next": "you"' in told) == (0, True)


def test_settings_are_begun_as_they_come_with_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomer = Newcomer(tmp_path / "new.toml", capsys, monkeypatch)
    assert newcomer.types("Ann", options=("you",))[0] == 0
    expected = DEFAULT_FILE.read_text("utf-8").replace('name = ""', 'name = "Ann"', 1)
    assert newcomer.file.read_text("utf-8") == expected

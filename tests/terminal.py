"""The command line, run in the test's own process, and somebody at a keyboard."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

import bot
from twin.config.load import load_config


class Terminal:
    """Runs commands on one twin, whose settings are the defaults until `config` says others.

    `command`: what stands before all arguments, as `people`; `settings`: the text of `config`.
    """

    def __init__(
        self,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        *command: str,
        settings: str = "",
    ) -> None:
        self.config, self._capsys, self._command = folder / "config.toml", capsys, command
        self.config.write_text(settings, encoding="utf-8")
        self.database = load_config(self.config).database

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = bot.main([*self._command, *arguments, "--config", str(self.config)])
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def people(self, *arguments: str) -> str:
        code, out, err = self(*arguments)
        assert code == 0, err
        return out

    def json(self, *arguments: str) -> Any:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        assert out.count("\n") == 1
        return json.loads(out)

    def error(self, *arguments: str, code: int = 2) -> str:
        for options in ((), ("--json",)):
            ended, out, err = self(*arguments, *options)
            assert (ended, out, err.count("\n")) == (code, "", 1), err
        return err


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True

"""[connectors.wechaty]: in the shipped file, its token, what the doctor says."""

import tomllib
from pathlib import Path

import pytest

from twin.config.load import DEFAULT_FILE
from twin.connectors.wechaty import CONNECTOR
from twin.connectors.wechaty.settings import TOKEN_VARIABLE, Settings


def test_the_shipped_file_holds_every_setting() -> None:
    shipped = tomllib.loads(DEFAULT_FILE.read_text(encoding="utf-8"))["connectors"]["wechaty"]
    assert shipped == Settings().model_dump()


def test_the_token_of_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    settings = Settings(token="the file's")
    assert settings.secret == "the file's"
    assert "the file's" not in repr(settings)
    monkeypatch.setenv(TOKEN_VARIABLE, "the environment's")
    assert settings.secret == "the environment's"


def test_the_doctor_misses_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    [problem] = CONNECTOR.problems(Settings(enabled=True), Path())
    assert (problem.found, TOKEN_VARIABLE in problem.remedy) == ("no token", True)
    assert CONNECTOR.problems(Settings(enabled=True, token="t"), Path()) == []

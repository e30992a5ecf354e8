"""Where settings are when nobody names them."""

from pathlib import Path

import pytest

from twin import places
from twin.places import ROOT, VARIABLE, default_settings


def test_beside_the_code_in_a_copy_of_the_repository() -> None:
    assert default_settings() == ROOT / "config.toml"
    assert places.as_typed("see `bot.py doctor`") == "see `bot.py doctor`"


def test_installed_they_lie_where_no_upgrade_deletes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = default_settings(installed=True)
    assert path.name == "config.toml"
    assert not path.is_relative_to(ROOT)


def test_a_variable_names_another(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "a twin" / "my.toml"))
    assert default_settings(installed=True) == tmp_path / "a twin" / "my.toml"
    monkeypatch.chdir(tmp_path)
    unknown = "~no such user/my.toml"
    for given, path in ((unknown, tmp_path / unknown), ("~/my.toml", home / "my.toml")):
        monkeypatch.setenv(VARIABLE, given)
        assert default_settings() == path


def test_texts_name_the_installed_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "IS_INSTALLED", True)
    monkeypatch.setattr(places, "PROGRAM", "twin")
    assert places.as_typed("see `bot.py doctor`") == "see `twin doctor`"

"""The runner over a folder of made-up exports."""

from pathlib import Path

import pytest

from tests.storage.importers import cases
from tests.storage.importers.case import Case

CASE = Case("a.txt", "# whatsapp a\nNora: hi\n> hello", me="Ben")


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cases.main(tmp_path / "none") == 2
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(("said", "code"), [("hello", 0), ("bye", 1)])
def test_each_export_is_compared_with_its_right_value(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    said: str,
    code: int,
) -> None:
    text = f"13/2/20, 14:09 - Nora: hi\n13/2/20, 14:10 - Ben: {said}\n"
    (tmp_path / "a.txt").write_text(text)
    monkeypatch.setattr(cases, "cases", lambda: [CASE, Case("b.txt")])
    assert cases.main(tmp_path) == code
    assert f"{1 - code} of 1 right, 1 missing" in capsys.readouterr().out


def test_every_right_value_has_a_path_of_its_own() -> None:
    paths = [case.path for case in cases.cases()]
    assert len(paths) == len(set(paths)) > 80

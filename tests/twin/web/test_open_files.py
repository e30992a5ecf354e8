"""How many files may be open."""

import logging
import sys

import pytest

from twin.web.open_files import ENOUGH, raise_open_files

if sys.platform == "win32":
    pytest.skip("has no such limit", allow_module_level=True)

import resource

ANY = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("soft", "hard", "raised"),
    [
        (256, ANY, ENOUGH),
        (1024, 4096, 4096),
        (1024, 1_000_000, ENOUGH),
        (1024, 1024, None),
        (ANY, ANY, None),
        (100_000, ANY, None),
    ],
)
def test_the_limit_is_raised_as_far_as_it_may(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: int | None
) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _what, limits: given.append(limits))
    raise_open_files()
    assert given == ([] if raised is None else [(raised, hard)])


def test_a_system_that_refuses_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_what: int, _limits: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (256, ANY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    raise_open_files()
    assert "256 files may be open at once" in caplog.text

"""The dataset's page: complete, its plots in it, and other people's words stay words."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.errors import TwinError
from tests.training.report.hostile import ANY_TEXT, TRICKS
from tests.training.report.test_rendering import Reader
from training.report import dataset_report
from training.report.dataset_report import LARGEST, bars, bins, write_dataset_page
from training.report.plots import Plot
from training.report.rendering import render_page

pytestmark = pytest.mark.slow

HISTOGRAM = {"bin": 3, "counts": [4, 0, 1]}
SUMMARY = {
    **{"mean": 2.5, "median": 2, "p90": 7, "p99": 8, "longest": 12},
    "histogram": HISTOGRAM,
}


def figures(*names: str, **changes: Any) -> dict[str, Any]:
    """Of a dataset with these chats."""
    fates = {"target": 2, "context": 2, "dropped": 1}
    every = {key: number * len(names) for key, number in fates.items()}
    return {
        "rules": "sessions",
        "chats": len(names),
        "messages": 5 * len(names),
        **every,
        "dropped": {"friend: not answered": every["dropped"]},
        "untaught": {"too_long": 1},
        "chats_without_consent": 2,
        "answers": len(names),
        "held_out": 0,
        "by_chat": [{"id": at, "name": name, **fates} for at, name in enumerate(names)],
        "by_month": [{"month": "2019-11", **fates}, {"month": "2026-02", **fates}],
        "tokens": {
            **{"answers": 9000, "measured": 2000, "max_tokens": 384, "cut": 3},
            **{"prompt": SUMMARY, "answer": SUMMARY},
        },
        **changes,
    }


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "dataset.html"


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_the_page_is_one_file_with_its_plots(page: Path) -> None:
    write_dataset_page(page, figures("Ann", "王小明"), every=False)
    shown = Reader(read(page))
    assert [path.name for path in page.parent.iterdir()] == ["dataset.html"]
    assert read(page).count('src="data:image/svg+xml;base64,') == 3
    assert shown.cells[shown.cells.index("Ann") :][:6] == ["Ann", "5", "2", "2", "1", "40.0%"]
    assert {"王小明", "2019-11", "too_long", "dropped: friend: not answered"} <= set(shown.cells)
    assert "2,000 of 9,000 answers" in read(page)


def test_the_largest_chats_or_all(page: Path) -> None:
    many = figures(*(f"chat {number}." for number in range(LARGEST + 3)))
    write_dataset_page(page, many, every=False)
    assert "chat 19." in read(page)
    assert "chat 20." not in read(page)
    assert "3 more with --all." in read(page)
    write_dataset_page(page, many, every=True)
    assert "chat 22." in read(page)


def test_of_nothing_there_are_no_plots(page: Path) -> None:
    tokens = {"answers": 0, "measured": 0, "max_tokens": 384, "cut": 0}
    nothing = figures(by_month=[], tokens={**tokens, "prompt": None, "answer": None}, untaught={})
    write_dataset_page(page, nothing, every=False)
    assert "<img" not in read(page)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")
def test_others_may_not_read_it(page: Path) -> None:
    write_dataset_page(page, figures("Ann"), every=False)
    assert page.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_the_old_page(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_dataset_page(page, figures("Ann"), every=False)
    before = page.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dataset_report, "draw_months", fail)
    with pytest.raises(TwinError, match=r"dataset\.html.*No space left on device.*free") as caught:
        write_dataset_page(page, figures("Ben"), every=False)
    assert "\n" not in str(caught.value)
    assert page.read_bytes() == before
    assert [path.name for path in page.parent.iterdir()] == ["dataset.html"]


@pytest.fixture(scope="module")
def undrawn() -> Any:
    """Plots hold no names, and take their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset_report, "draw_months", lambda *_: Plot("months.svg", "months"))
        patch.setattr(dataset_report, "draw_lengths", lambda *_: [])
        yield


def tags(name: str) -> Any:
    named = figures(name, dropped={name: 1}, untaught={name: 1})
    return Reader(
        render_page(dataset_report.render_dataset(named, Path(), every=True), "Dataset")
    ).tags


@settings(deadline=None, max_examples=50)
@given(ANY_TEXT)
@example("".join(TRICKS))
@example("\n".join(TRICKS))
@example("")
def test_no_name_becomes_markup(undrawn: None, name: str) -> None:
    assert tags(name) == tags("harmless")


def test_bins_tell_which_lengths_are_in_them() -> None:
    assert list(bins(SUMMARY)) == [("0–2", 4), ("3–5", 0), ("6+", 1)]
    one = {"histogram": {"bin": 1, "counts": [1, 2]}}
    assert list(bins(one)) == [("0", 1), ("1+", 2)]


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(1, 50))
def test_bars_are_as_long_as_their_counts(counts: list[int], widest: int) -> None:
    drawn = bars(counts, widest)
    assert all(
        len(bar) <= widest and bool(bar) == bool(n) for bar, n in zip(drawn, counts, strict=True)
    )
    assert sorted(map(len, drawn)) == [
        len(bar) for _, bar in sorted(zip(counts, drawn, strict=True))
    ]

"""The sentence about the last training."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from storage.runs import Run
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.last_training import last_training
from twin.language import Language


class Names:
    def of(self, adapter: str) -> str:
        return f"the night of {adapter}"


class View:
    language = Language("en")
    adapter_names = Names()
    say = staticmethod(Language("en").say)

    def when(self, at: int) -> str:
        return f"day {at}"


def a_run(state: str, error: str | None = None) -> Run:
    return Run(1, state, "nightly", error, None, 5, None, None, None, None, None)


def done(**result: Any) -> Run:
    return replace(a_run("done"), result=json.dumps(result))


ADAPTER: dict[str, Any] = {"adapter": "4 May", "samples": 1234}
BETTER: dict[str, Any] = {"verdict": {"promoted": True, "reasons": ["better"]}}
REASONS = ["it repeats itself", "it is no better"]
WORSE: dict[str, Any] = {"verdict": {"promoted": False, "reasons": REASONS}}


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (None, "There was no training yet: the base model answers."),
        (a_run("running"), "A training is in progress."),
        (a_run("failed", "no room"), "The training of day 5 learnt nothing: no room."),
        (a_run("skipped", "unchanged since run: 3"), "The training of day 5 learnt nothing"),
        (
            done(**ADAPTER, **BETTER, base_loss=4.3, live_loss=3.31, loss=3.224),
            "The night of 4 May learnt from 1,234 answers and is live: on answers that it had "
            "not seen, its loss is 3.224 instead of 3.310.",
        ),
        (
            done(**ADAPTER, **BETTER, base_loss=None),
            "The night of 4 May learnt from 1,234 answers and is live.",
        ),
        (
            done(**ADAPTER, **WORSE),
            "The night of 4 May learnt from 1,234 answers and did not go live: it repeats itself; "
            "it is no better.",
        ),
        (done(), "The night of – learnt from 0 answers and did not go live: –."),
    ],
)
def test_one_sentence_says_what_came_of_it(run: Run | None, told: str) -> None:
    assert last_training(cast("PageView", View()), run).startswith(told)

"""Say in one sentence what the last training learnt, or why it learnt nothing."""

from collections.abc import Mapping
from typing import Any

from storage.runs import Run, result_of
from twin.dashboard.page_view import PageView
from twin.dashboard.wording import reason_in, verdict_in
from twin.language import N_


def last_training(view: PageView, run: Run | None) -> str:
    """`run`: the newest, None when there was none."""
    say = view.say
    if run is None:
        return say("There was no training yet: the base model answers.")
    if run.state == "running":
        return say("A training is in progress.")
    if run.state != "done":
        why, time = reason_in(view.language, run.error or "–"), view.when(run.started_at)
        return say("The training of {time} learnt nothing: {why}.", time=time, why=why)
    return _begun_with_a_capital(_what_was_learnt(view, result_of(run)))


def _what_was_learnt(view: PageView, result: Mapping[str, Any]) -> str:
    """Older runs have neither a verdict nor losses."""
    say, language, verdict = view.say, view.language, result.get("verdict") or {}
    learnt = {
        "name": view.adapter_names.of(result.get("adapter", "–")),
        "n": language.number(result.get("samples") or 0),
    }
    if not verdict.get("promoted"):
        why = say("; ").join(verdict_in(language, verdict)) or "–"
        return say("{name} learnt from {n} answers and did not go live: {why}.", why=why, **learnt)
    before, now = result.get("live_loss") or result.get("base_loss"), result.get("loss")
    if before is None or now is None:
        return say("{name} learnt from {n} answers and is live.", **learnt)
    text = N_(
        "{name} learnt from {n} answers and is live: on answers that it had not seen, its loss "
        "is {now} instead of {before}."
    )
    return say(text, now=language.number(now, 3), before=language.number(before, 3), **learnt)


def _begun_with_a_capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

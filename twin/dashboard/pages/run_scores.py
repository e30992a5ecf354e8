"""The scores of a run side by side, each with a bar from other people to the owner."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.layout import card
from twin.dashboard.widgets.table import cell
from twin.language import N_, Language
from twin.score_labels import (
    NONE,
    SCORE_LABELS,
    ScoreLabel,
    decimals,
    percent,
    places_of,
    who,
)

WHO: Mapping[str, str] = {
    "person": N_("you"),
    "base": N_("base"),
    "live": N_("live adapter"),
    "candidate": N_("candidate"),
}
MARKED = ("base", "live", "candidate")  # the last one is drawn over the others


def model_name(view: PageView, name: str) -> str:
    return view.say(WHO[name]) if name in WHO else name


def show_scores(view: PageView, result: Mapping[str, Any]) -> None:
    """`result`: of a run, as it is stored; older ones have no ends, and then there are no bars."""
    say, scores = view.say, result["scores"]
    has_bars = any(places_of(label.field, result) for label in SCORE_LABELS)
    with card(say("Comparison")):
        if has_bars:
            _explain_bars(view, scores)
        with ui.element("div").classes("own-scroll") as wide:
            wide.props("tabindex=0 role=group")
            wide.props["aria-label"] = say("Comparison")
            table = ui.element("table").classes("trn-table trn-scores")
            with table.style(f"--models: {len(scores)}"):
                _head(view, who(scores), has_bars)
                with ui.element("tbody"):
                    for label in SCORE_LABELS:
                        _row(view, label, result, has_bars)


def _explain_bars(view: PageView, scores: Mapping[str, Any]) -> None:
    say = view.say
    ui.label(
        say(
            "The left end of a bar is how other people write in your place, the right end is you "
            "against yourself. A score that can't tell the two apart has no bar."
        )
    ).classes("own-faint")
    with ui.element("div").classes("own-row"):
        for name in MARKED:
            if name in scores:
                ui.label(model_name(view, name)).classes(f"trn-key trn-mark-{name}")


def _head(view: PageView, columns: list[str], has_bars: bool) -> None:
    with ui.element("thead"), ui.element("tr"):
        cell("th", view.say("Score")).props("scope=col").classes("trn-wide")
        if has_bars:
            cell("th", view.say("From others to you")).props("scope=col").classes("trn-wide")
        for name in columns:
            cell("th", model_name(view, name)).props("scope=col")
        cell("th", view.say("Good value")).props("scope=col").classes("trn-wide")


def _row(view: PageView, label: ScoreLabel, result: Mapping[str, Any], has_bars: bool) -> None:
    scores = result["scores"]
    with ui.element("tr"):
        cell("th", view.say(label.name)).props("scope=row").classes("trn-wide")
        if has_bars:
            with ui.element("td").classes("trn-wide"):
                _bar(view, label, result)
        for column in who(scores):
            mine = "trn-mine" if column == "candidate" else ""
            value = _figure(view.language, label, scores[column])
            cell("td", value).classes(f"trn-figure {mine}")
        cell("td", view.say(label.good)).classes("own-faint trn-wide")


def _bar(view: PageView, label: ScoreLabel, result: Mapping[str, Any]) -> None:
    """Coordinates are shares of the width, so that the marks stay round at any."""
    places = places_of(label.field, result)
    marked = {name: places[name] for name in MARKED if name in places}
    if not marked:
        return
    bar = ui.element("svg").classes("trn-bar").props("role=img")
    bar.props["aria-label"] = _in_words(view, label, result, marked)
    with bar:
        ui.element("line").props("x1=0 x2=100% y1=50% y2=50%")
        for end in ("0", "100%"):
            ui.element("line").props(f"x1={end} x2={end} y1=15% y2=85%")
        for name, place in marked.items():
            mark = ui.element("circle").classes(f"trn-mark-{name}")
            mark.props(f"cx={place:.1%} cy=50% r={6 if name == 'candidate' else 4.5}")


def _in_words(
    view: PageView, label: ScoreLabel, result: Mapping[str, Any], marked: Mapping[str, float]
) -> str:
    say, language = view.say, view.language
    ends = say(
        "from other people ({floor}) to you ({ceiling})",
        floor=_figure(language, label, result["floor"]),
        ceiling=_figure(language, label, result["ceiling"]),
    )
    found = [
        say("{name}: {text}", name=model_name(view, name), text=language.percent(place))
        for name, place in marked.items()
    ]
    return say(", ").join([*found, ends])


def _figure(language: Language, label: ScoreLabel, scores: Mapping[str, Any]) -> str:
    value, around = label.value(scores), label.interval(scores)
    if value is None:
        return NONE
    if around is not None:
        low, high = (language.percent(end) for end in around)
        return f"{language.percent(value)} ({low}–{high})"
    if label.form is percent:
        return language.percent(value, 1)
    return language.number(value, 3 if label.form is decimals else 0)

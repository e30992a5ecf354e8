"""Frame of every page (head, navigation, tools) and its basic elements.

Most elements are plain HTML instead of NiceGUI's Quasar components. Those hold a field's value on
the server, so that a refresh of the page would overwrite what is being typed, have no form that
works with the keyboard alone, and bring `div`s for lists, tables and headings, which screen readers
can't tell apart. NiceGUI's own are used where they lose nothing: labels, icons, dialogs, timers.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Literal

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from storage.database_file import watched_file
from twin.dashboard.installed import head_of
from twin.dashboard.page_view import PageView
from twin.dashboard.static import STATIC
from twin.dashboard.wording import error_in
from twin.language import N_, Language, languages

Section = Literal[
    "overview", "chats", "drafts", "memory", "training", "data", "try", "settings", "setup"
]

# In this order in the navigation, each with its icon.
_SECTIONS: Mapping[Section, tuple[str, str]] = {
    "overview": ("space_dashboard", N_("Overview")),
    "chats": ("forum", N_("Chats")),
    "drafts": ("rate_review", N_("Drafts")),
    "memory": ("psychology", N_("Memory")),
    "training": ("model_training", N_("Training")),
    "data": ("folder_open", N_("Data")),
    "try": ("science", N_("Try it")),
    "settings": ("tune", N_("Settings")),
    "setup": ("checklist", N_("Set-up")),
}
_ONCE: Sequence[Section] = ("setup",)  # not in the navigation


_THEMES: Mapping[str, tuple[str, str, str]] = {
    "auto": ("light", "brightness_auto", N_("Colours: system")),
    "light": ("dark", "light_mode", N_("Colours: light")),
    "dark": ("auto", "dark_mode", N_("Colours: dark")),
}

LOOK_S = 5.0
# Of a link that changes a part of its page; with a key pressed it opens another one, as always.
LEFT_CLICK = (
    "(event) => { if (event.button || event.ctrlKey || event.metaKey || event.shiftKey"
    " || event.altKey) return; event.preventDefault(); emit(); }"
)
_CODE = re.compile(r"`([^`]+)`")
_CSS = STATIC.joinpath("dashboard.css").read_text(encoding="utf-8")
_JS = STATIC.joinpath("dashboard.js").read_text(encoding="utf-8")


@contextmanager
def frame(view: PageView, section: Section, paths: Mapping[Section, str]) -> Iterator[None]:
    """The page around its own part. `paths`: the sections that exist."""
    theme = view.session.theme or "auto"
    ui.add_head_html(
        f'<meta name="robots" content="noindex"><style>{_CSS}</style>'
        + head_of(view.language, theme)
        + f'<script>Object.assign(document.documentElement.dataset, {{theme: "{theme}", '
        f'tag: "{view.language.tag}"}})</script>'
    )
    ui.add_body_html(f"<script>{_JS}</script>")
    title = view.say(_SECTIONS[section][1])
    brand = _brand(view)
    ui.page_title(f"{title} · {brand}")
    link(view.say("Skip to content"), "#main").classes("own-skip")
    with ui.element("header").classes("own-head"):
        ui.label(brand).classes("own-brand")
        _navigation(view, section, paths)
        _tools(view, theme)
    # NiceGUI's own <main> is around all of it.
    with ui.element("div").classes("own-main").props("id=main tabindex=-1"):
        heading(title)
        _lost_database(view)
        yield


def _lost_database(view: PageView) -> None:
    """A line on every page while nothing that comes in can be kept."""
    line = ui.label().classes("own-alert").props("role=alert")

    def refresh() -> None:
        file = watched_file(view.context.db)
        failure = file.failure if file is not None else None
        line.set_text(error_in(view.language, failure) if failure is not None else "")
        line.set_visibility(failure is not None)

    refresh()
    view.every(LOOK_S, refresh)


def link(text: str, to: str) -> ui.element:
    """A link within these pages; the text stays text."""
    element = ui.element("a")
    element.props["href"] = to
    with element:
        ui.label(text)
    return element


def explanation(text: str) -> ui.element:
    """A text whose parts between backticks are code; all of them stay text."""
    element = ui.element("div")
    with element:
        for number, part in enumerate(_CODE.split(text)):
            if part:
                TextElement(tag="code" if number % 2 else "span", text=part)
    return element


def heading(text: str, level: int = 1) -> ui.element:
    element = ui.element(f"h{level}")
    with element:
        ui.label(text)
    return element


class Button(ui.element):
    """A button of these pages; the name may be a chat's and stays text."""

    def __init__(self, name: str, act: Callable[[], object]) -> None:
        super().__init__("button")
        self.classes("own-button").props("type=button")
        self.on("click", lambda: act())
        with self:
            self.name = ui.label(name)


def submit(name: str) -> ui.element:
    """The button of a form."""
    element = ui.element("button").classes("own-button").props("type=submit")
    with element:
        ui.label(name)
    return element


def option(value: str, name: str, *, chosen: bool = False) -> None:
    """An entry of a select; no label in it, since there may be hundreds."""
    element = TextElement(tag="option", text=name)
    element.props["value"], element.props["selected"] = value, chosen


def card(title: str = "") -> ui.element:
    """A part of a page; used with `with`."""
    element = ui.element("section").classes("own-card")
    if title:
        element.props["aria-label"] = title
        with element:
            heading(title, 2)
    return element


def _brand(view: PageView) -> str:
    owner = view.context.config.owner.name
    return view.say("{owner}'s twin", owner=owner) if owner else view.say("AI twin")


def _navigation(view: PageView, section: Section, paths: Mapping[Section, str]) -> None:
    nav = ui.element("nav").classes("own-nav")
    nav.props["aria-label"] = view.say("Main navigation")
    with nav:
        for name, (icon, words) in _SECTIONS.items():
            if name not in paths or name in _ONCE:
                continue
            item = ui.element("a").classes("own-nav-item")
            item.props["href"] = paths[name]
            if name == section:
                item.props["aria-current"] = "page"
            with item:
                ui.icon(icon)
                ui.label(view.say(words))


def _tools(view: PageView, theme: str) -> None:
    following, icon, words = _THEMES[theme]
    with ui.element("div").classes("own-tools"):
        following_language = _next_language(view.language)
        choose = partial(_choose, view, language=following_language.tag)
        with tool(following_language.name, choose) as chosen:
            chosen.props["lang"] = following_language.tag
            ui.label(following_language.name)
        with tool(view.say(words), partial(_choose, view, theme=following)):
            ui.icon(icon)
        with (
            ui.element("form").props("method=post action=/logout"),
            ui.element("button").classes("own-tool").props("type=submit") as out,
        ):
            out.props["aria-label"] = out.props["title"] = view.say("Log out")
            ui.icon("logout")


def _next_language(language: Language) -> Language:
    every = languages()
    return every[(every.index(language) + 1) % len(every)]


def tool(name: str, act: partial[None]) -> ui.element:
    """A small button; the name is for those who don't see its icon."""
    button = ui.element("button").classes("own-tool").props("type=button")
    button.props["aria-label"] = button.props["title"] = name
    button.on("click", lambda: act())
    return button


def _choose(view: PageView, *, language: str | None = None, theme: str | None = None) -> None:
    view.auth.choose(view.session.key, language=language, theme=theme)
    ui.navigate.reload()

"""Page of the memory: facts about the owner, and to whom the twin may tell which."""

from collections.abc import Mapping

from nicegui import ui
from nicegui.events import GenericEventArguments
from sqlite_utils import Database

from storage.fact_lists import facts_by_standing
from storage.facts import LONGEST_TEXT
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.fact_bulk import BulkDecisions
from twin.dashboard.pages.fact_parts import FactParts, Found, Part
from twin.dashboard.pages.memory_state import MemoryState
from twin.dashboard.widgets.controls import add_style, page_status
from twin.dashboard.widgets.layout import card, option, submit
from twin.language import N_
from twin.memory.kinds import KIND_NAMES

PATH = "/memory"
LONGEST_QUERY = 200
_SUBMIT = (
    "(event) => { event.preventDefault(); const { words, kind } = event.target.elements;"
    " emit([words.value, kind.value]); event.target.reset(); }"
)
_NONE_WAITS = N_("Nothing waits for you. Each night the twin looks through your new messages.")
_NONE_RELEASED = N_("Nothing is released: the twin tells nobody a fact about you.")


def add(pages: Pages) -> None:
    async def build(view: PageView, kind: str = "", q: str = "") -> None:
        page = _Memory(view, kind if kind in KIND_NAMES else None, q.strip()[:LONGEST_QUERY])
        await page.facts.load()

    pages.add(PATH, "memory", build)


class _Memory:
    """The page in one browser. What is found later stands there when the page is opened again:
    nothing may move under the hand of somebody who decides.
    """

    def __init__(self, view: PageView, kind: str | None, words: str) -> None:
        self._view, self._kind, self._words = view, kind, words
        add_style()
        self._status = page_status(view)
        MemoryState(view)
        with card(view.say("Facts about you")):
            ui.label(
                view.say(
                    "Found in your own messages. The twin tells nobody a fact before you release "
                    "it: for everyone, or for some people. You can take that back at any time."
                )
            ).classes("own-faint")
            self._form()
        self.facts = FactParts(view, self._status, self._find, self._parts())
        self._own_fact()

    def _parts(self) -> list[Part]:
        none, nobody = _NONE_WAITS, _NONE_RELEASED
        if self._kind or self._words:
            none = nobody = N_("None of these.")
        return [
            Part(N_("For you to decide: {n}"), "proposed", none, above=self._bulk_proposed),
            Part(N_("Released: {n}"), "released", nobody, above=self._bulk_released),
            Part(N_("Kept, not released: {n}"), "kept"),
            Part(N_("No longer true: {n}"), "over", folded=True),
            Part(N_("Rejected: {n}"), "rejected", folded=True),
        ]

    def _find(self, db: Database) -> Found:
        now = self._view.context.clock.now()
        return facts_by_standing(db, "owner", now=now, kind=self._kind, words=self._words)

    def _form(self) -> None:
        """A plain form: each choice has an address, so the browser can go back to it."""
        say = self._view.say
        with ui.element("form").classes("own-find") as form:
            form.props["method"], form.props["action"] = "get", PATH
            form.props["role"] = "search"
            self._kinds("kind", {"": N_("all kinds"), **KIND_NAMES}, self._kind or "")
            with ui.element("div"):
                with ui.element("label").props("for=q"):
                    ui.label(say("Words")).classes("own-key")
                field = ui.element("input").props("id=q name=q type=search")
                field.props["value"], field.props["maxlength"] = self._words, LONGEST_QUERY
            submit(say("Show"))

    def _kinds(self, number: str, names: Mapping[str, str], chosen: str) -> None:
        with ui.element("div"):
            with ui.element("label").props(f"for={number}"):
                ui.label(self._view.say("Kind")).classes("own-key")
            with ui.element("select").classes("own-select").props(f"id={number} name=kind"):
                for kind, name in names.items():
                    option(kind, self._view.say(name), chosen=kind == chosen)

    def _bulk_proposed(self) -> None:
        if bulk := self._bulk():
            bulk.show_for_proposed()
        else:
            hint = self._view.say("Choose a kind or words above to decide on all of them at once.")
            ui.label(hint).classes("own-faint")

    def _bulk_released(self) -> None:
        if bulk := self._bulk():
            bulk.show_for_released()

    def _bulk(self) -> BulkDecisions | None:
        """None where everything is listed: nobody means all of it."""
        kind = self._view.say(KIND_NAMES[self._kind]) if self._kind else ""
        which = " · ".join(filter(None, (kind, self._words)))
        return BulkDecisions(self._view, self._status, which, lambda: self.facts) if which else None

    def _own_fact(self) -> None:
        say = self._view.say
        with card(say("Write a fact yourself")), ui.element("form").classes("own-find") as form:
            form.on("submit", self._write, js_handler=_SUBMIT)
            with ui.element("div"):
                with ui.element("label").props("for=fact-words"):
                    ui.label(say("What is true, in your words")).classes("own-key")
                field = ui.element("input").props("id=fact-words name=words required")
                field.props["maxlength"] = LONGEST_TEXT
                field.props["autocomplete"] = "off"
            self._kinds("fact-kind", KIND_NAMES, "other")
            submit(say("Add"))

    async def _write(self, event: GenericEventArguments) -> None:
        words, kind = map(str, event.args)
        with self._status.refusals():
            self._view.context.actions.add_fact(words[: LONGEST_TEXT * 2], kind)
            self._status.tell(self._view.say("Kept. Release it when the twin may tell it."))
        await self.facts.load()

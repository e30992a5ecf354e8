"""One fact in a list: what it says, where it was said, who may know, and what can be done."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from nicegui import ui

from storage.fact_lists import ListedFact
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.fact_decisions import FactDecisions
from twin.dashboard.pages.fact_words import state_in, validity_in
from twin.dashboard.pages.remembered import address_of
from twin.dashboard.widgets.layout import Button, link
from twin.dashboard.wording import chat_in
from twin.language import N_
from twin.memory.kinds import KIND_NAMES

Deed = Callable[[ListedFact], Awaitable[None]]


class FactRow:
    """The words of a fact are text, whoever wrote them. `name` is the row's within its page."""

    def __init__(
        self, view: PageView, fact: ListedFact, decisions: FactDecisions, name: str
    ) -> None:
        self._view, self._decisions = view, decisions
        self.element = ui.element("li").classes("fact").props("tabindex=-1")
        self.element.props["id"] = name
        self.update(fact)

    def update(self, item: ListedFact) -> None:
        self._fact = item
        self.element.clear()
        with self.element:
            ui.label(item.fact.text).classes("own-text own-quote").props("dir=auto")
            self._source()
            state = state_in(self._view.language, item)
            good = " own-good" if item.standing == "released" else ""
            with ui.element("div").classes("own-spread"):
                if state:
                    ui.label(state).classes(f"own-text own-state{good}")
                self._choices = ui.element("div").classes("own-row")
            with self._choices:
                if item.fact.about == "owner" and item.standing == "proposed":
                    self._show_deeds()
                else:
                    Button(self._view.say("Change …"), self._open)

    def _source(self) -> None:
        item, fact, say = self._fact, self._fact.fact, self._view.say
        day = self._view.day(fact.said_at)
        parts = [say(KIND_NAMES.get(fact.kind, KIND_NAMES["other"]))]
        if fact.found_by == "owner":
            parts.append(say("in your words"))
        if validity := validity_in(self._view.language, fact, self._view.zone):
            parts.append(validity)
        with ui.element("div").classes("own-faint fact-source"):
            ui.label(" · ".join(parts))
            if item.chat is None or fact.message_id is None:
                ui.label(say("You wrote this on {day}.", day=day))
            else:
                where = chat_in(self._view.language, item.chat)
                said = say("Said on {day}, {chat}", day=day, chat=where)
                link(said, address_of(item.chat.id, fact.message_id)).classes("own-text")

    def _open(self) -> None:
        self._choices.clear()
        with self._choices:
            self._show_deeds()
        ui.run_javascript(f"getHtmlElement({self.element.id})?.focus()")

    def _show_deeds(self) -> None:
        for name, deed in self._deeds():
            button = Button(self._view.say(name), partial(deed, self._fact))
            if deed == self._decisions.delete:
                button.classes("own-danger")

    def _deeds(self) -> Iterator[tuple[str, Deed]]:
        """In the first place, where a hurried second click lands, is none that tells anybody."""
        may, fact, standing = self._decisions, self._fact.fact, self._fact.standing
        is_own = fact.about == "owner"
        if standing == "rejected":
            yield N_("It is right after all"), may.keep
        if standing == "proposed" and is_own:
            yield N_("Release for everyone"), may.release
            yield N_("Release for some people …"), may.release_for_some
            yield N_("Keep unreleased"), may.keep
        if standing != "rejected":
            yield N_("Edit"), may.edit
        if standing in ("released", "kept") and is_own:
            yield N_("Release for some people …"), may.release_for_some
            if not fact.for_everyone:
                yield N_("Release for everyone"), may.release
            if standing == "released":
                yield N_("Withdraw the release"), may.withdraw
        if standing in ("proposed", "released", "kept"):
            yield N_("Reject"), may.reject
        if standing != "proposed":
            yield N_("Delete"), may.delete

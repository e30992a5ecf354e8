"""A list of facts, a page at a time."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from storage.fact_lists import ListedFact, listed_facts
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.fact_decisions import FactDecisions
from twin.dashboard.pages.fact_row import FactRow
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button
from twin.dashboard.widgets.live_list import LiveList

_FOCUS = "(document.getElementById('{name}') || document.getElementById('main')).focus()"


class FactList:
    """What was decided on a fact is shown at its place, so that no other moves under the hand.

    `changed` is called after each act.
    """

    def __init__(
        self,
        view: PageView,
        status: StatusLine,
        none: str,
        changed: Callable[["FactList"], Awaitable[None]],
        per_page: int,
    ) -> None:
        self._view, self._changed, self._client = view, changed, ui.context.client
        self._decisions = FactDecisions(view, status, self._decided)
        self._numbers: Sequence[int] = ()
        self._offset, self._per_page = 0, per_page
        self._none = ui.label(none).classes("own-faint")
        self._facts = ui.element("ul").classes("own-list")
        self._list: LiveList[int, ListedFact] = LiveList(self._facts, self._row)
        with ui.element("div").classes("own-spread") as self._pager:
            self._newer = Button(view.say("Previous page"), lambda: self._turn(-per_page))
            self._where = ui.label().classes("own-faint")
            self._older = Button(view.say("Next page"), lambda: self._turn(per_page))

    def show(self, numbers: Sequence[int]) -> None:
        """These facts, from the first page on."""
        self._numbers, self._offset = numbers, 0
        self.refresh()

    def refresh(self) -> None:
        """The same page as it is now."""
        context, total = self._view.context, len(self._numbers)
        page = self._numbers[self._offset : self._offset + self._per_page]
        self._list.show(listed_facts(context.db, page, now=context.clock.now()))
        self._none.set_visibility(not total)
        self._pager.set_visibility(total > self._per_page)
        self._where.text = self._view.say(
            "{first}–{last} of {total}",
            first=self._offset + 1,
            last=self._offset + len(page),
            total=total,
        )
        self._newer.props["disabled"] = self._offset == 0
        self._older.props["disabled"] = self._offset + self._per_page >= total

    def _row(self, item: ListedFact) -> FactRow:
        return FactRow(self._view, item, self._decisions, self._name(item.fact.id))

    def _name(self, number: int) -> str:
        return f"fact-{self._facts.id}-{number}"

    def _turn(self, by: int) -> None:
        self._offset = max(0, self._offset + by)
        self.refresh()

    async def _decided(self, number: int) -> None:
        self.refresh()
        await self._changed(self)
        self._client.run_javascript(_FOCUS.format(name=self._name(number)))

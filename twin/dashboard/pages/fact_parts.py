"""Facts in several lists, by what became of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from nicegui import ui
from sqlite_utils import Database

from storage.database import reading
from storage.fact_lists import Standing
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.fact_list import FactList
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import card

Found = Mapping[Standing, Sequence[int]]
Find = Callable[[Database], Found]


@dataclass(frozen=True, slots=True)
class Part:
    """One list and its heading, which has {n} for how many there are.

    `none` is said where there are none; without it the part is not there then. `above` makes what
    stands before the facts, while there are any.
    """

    title: str
    standing: Standing
    none: str = ""
    folded: bool = False
    above: Callable[[], object] | None = None
    per_page: int = 10


class FactParts:
    """`find` says which facts there are; thousands take a moment, so it is called beside the event
    loop with a connection of its own. `around` makes what is around each part.
    """

    def __init__(
        self,
        view: PageView,
        status: StatusLine,
        find: Find,
        parts: Sequence[Part],
        around: Callable[[], ui.element] = card,
    ) -> None:
        self._view, self._find = view, find
        self._parts = [_ShownPart(view, status, part, self._changed, around) for part in parts]

    async def load(self) -> None:
        """All lists as they are now."""
        found = await self.found()
        for part in self._parts:
            part.show(found)
            await asyncio.sleep(0)  # a list takes a moment: whoever else waits has a turn

    async def found(self) -> Found:
        """The numbers of the facts in each list as they are now, the newest first."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Found:
        with reading(self._view.context.config.database) as db:
            return self._find(db)

    async def _changed(self, facts: FactList) -> None:
        """The list in which it was decided stays as it is; its heading counts anew."""
        found = await self.found()
        for part in self._parts:
            if part.list is facts:
                part.count(found)
            else:
                part.show(found)
                await asyncio.sleep(0)


class _ShownPart:
    def __init__(
        self,
        view: PageView,
        status: StatusLine,
        part: Part,
        changed: Callable[[FactList], Awaitable[None]],
        around: Callable[[], ui.element],
    ) -> None:
        self._view, self._part = view, part
        self._outside = around()
        with self._outside, ui.element("details" if part.folded else "div") as box:
            box.classes("own-fold" if part.folded else "own-stack")
            with ui.element("summary" if part.folded else "div"), ui.element("h2"):
                self._heading = ui.label()
            with ui.element("div") as self._above:
                if part.above:
                    part.above()
            none = view.say(part.none) if part.none else ""
            self.list = FactList(view, status, none, changed, part.per_page)

    def show(self, found: Found) -> None:
        numbers = self.count(found)
        self.list.show(numbers)
        self._outside.set_visibility(bool(numbers or self._part.none))

    def count(self, found: Found) -> Sequence[int]:
        """Say how many there are by now."""
        numbers = found[self._part.standing]
        count = self._view.language.number(len(numbers))
        self._heading.text = self._view.say(self._part.title, n=count)
        self._above.set_visibility(bool(numbers))
        return numbers

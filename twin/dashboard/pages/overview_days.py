"""Part of the overview: messages and replies a day, as bars and as a table."""

from collections.abc import Sequence

from nicegui import ui

from storage.daily_counts import DayCount
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.chart import Labels, draw_bars
from twin.dashboard.widgets.layout import card, heading
from twin.dashboard.widgets.table import FoldedTable
from twin.language import N_

TITLE = N_("Messages of the last 30 days")
TABLE = N_("Messages and replies a day")
COLUMNS = (
    N_("Day"),
    N_("From friends"),
    N_("From you"),
    N_("Replies in mode auto"),
    N_("Drafts that you sent"),
)


class DaysCard:
    """Rewritten when a count changes."""

    def __init__(self, view: PageView) -> None:
        self._view = view
        self._shown: Sequence[DayCount] | None = None
        with card(view.say(TITLE)):
            self._plots = ui.element("div").classes("trn-columns")
            with self._plots:
                ui.label(view.say("Counting …")).classes("own-faint")
            self._table = FoldedTable(view)

    def show(self, days: Sequence[DayCount]) -> None:
        if days == self._shown:
            return
        self._shown = days
        self._plots.clear()
        is_empty = not any(day.friends + day.owner + day.by_itself + day.approved for day in days)
        self._table.element.set_visibility(not is_empty)
        with self._plots:
            if is_empty:
                text = self._view.say("No messages in these days.")
                ui.label(text).classes("own-faint")
                return
            friends, owner, by_itself, approved = map(self._view.say, COLUMNS[1:])
            self._plot(
                N_("Messages"),
                {friends: [day.friends for day in days], owner: [day.owner for day in days]},
                days,
            )
            self._plot(
                N_("Replies of the twin"),
                {
                    by_itself: [day.by_itself for day in days],
                    approved: [day.approved for day in days],
                },
                days,
            )
        self._table.fill(TABLE, COLUMNS, map(self._row, reversed(days)))

    def _plot(self, title: str, parts: dict[str, list[int]], days: Sequence[DayCount]) -> None:
        say, language = self._view.say, self._view.language
        most = max(map(sum, zip(*parts.values(), strict=True)))
        sums = [
            say("{name}: {n}", name=name, n=language.number(sum(values)))
            for name, values in parts.items()
        ]
        first, last = (language.day(day.day) for day in (days[0], days[-1]))
        about = say(
            "{title} a day from {first} to {last}. {sums}. The most on one day: {most}",
            title=say(title),
            first=first,
            last=last,
            sums=say(", ").join(sums),
            most=language.number(most),
        )
        with ui.element("div").classes("own-stack"):
            heading(say(title), 3)
            draw_bars(parts, Labels(about, (first, last), (language.number(max(1, most)), "0")))

    def _row(self, day: DayCount) -> list[str]:
        number = self._view.language.number
        counts = (day.friends, day.owner, day.by_itself, day.approved)
        return [self._view.language.day(day.day), *map(number, counts)]

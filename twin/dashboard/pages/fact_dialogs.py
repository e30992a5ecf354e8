"""Dialogs about a fact: to whom it is released, and its words and days."""

from collections.abc import Callable, Collection
from datetime import date

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.chats import get_chat
from storage.facts import LONGEST_TEXT, Fact
from storage.listings import page_of_chats
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.fact_words import days_of, times_of
from twin.dashboard.widgets.controls import StatusLine, asking, search_field
from twin.dashboard.widgets.layout import Button, submit
from twin.dashboard.wording import chat_in

MOST_CHATS = 30  # shown at once; the others are found by their name
_SUBMIT = (
    "(event) => { event.preventDefault(); const { words, since, until } = event.target.elements;"
    " emit([words.value, since.value, until.value]); }"
)

Save = Callable[[str, int, int | None], object]  # words, since and until in UTC milliseconds


async def choose_chats(
    view: PageView, question: str, what: str, chosen: Collection[int]
) -> list[int] | None:
    """The chats that are ticked at the end; None where the dialog is cancelled."""
    with asking(question) as dialog:
        ui.label(what).classes("own-text").props("dir=auto")
        chats = _Chats(view, chosen)
        with ui.element("div").classes("own-row"):
            Button(view.say("Cancel"), lambda: dialog.submit(None))
            Button(view.say("Release"), lambda: dialog.submit(True)).classes("own-strong")
    return sorted(chats.ticked) if await dialog is True else None


class _Chats:
    """Chats with a box each, those chosen before and the most recent ones first, and a field to
    search for others.
    """

    def __init__(self, view: PageView, chosen: Collection[int]) -> None:
        self._view, self.ticked = view, set(chosen)
        self._first = [get_chat(view.context.db, chat) for chat in sorted(chosen)]
        hint = view.say("Where chats are linked as one friend, one of them is enough.")
        ui.label(hint).classes("own-faint")
        field = search_field(self._show)
        field.props["aria-label"] = field.props["placeholder"] = view.say("Search by name")
        self._boxes = ui.element("div").classes("fact-chats")
        self._show("")

    def _show(self, name: str) -> None:
        found, total = page_of_chats(self._view.context.db, search=name.strip(), limit=MOST_CHATS)
        self._boxes.clear()
        first = {chat.id: chat for chat in self._first if not name}
        shown = first | {chat.id: chat for chat in found if chat.kind != "self"}
        with self._boxes:
            for chat in shown.values():
                self._box(chat.id, chat_in(self._view.language, chat))
            if total > len(found):
                more = total - len(found)
                ui.label(self._view.say("… and {n} more", n=more)).classes("own-faint")
            if not total:
                ui.label(self._view.say("No chats.")).classes("own-faint")

    def _box(self, chat_id: int, name: str) -> None:
        with ui.element("label").classes("own-choice"):
            box = ui.element("input").props("type=checkbox")
            box.props["checked"] = chat_id in self.ticked
            box.on(
                "change",
                lambda event: self._tick(chat_id, event.args is True),
                js_handler="(event) => emit(event.target.checked)",
            )
            ui.label(name).classes("own-text")

    def _tick(self, chat_id: int, on: bool) -> None:
        if on:
            self.ticked.add(chat_id)
        else:
            self.ticked.discard(chat_id)


async def ask_for_words(view: PageView, fact: Fact, save: Save) -> bool:
    """Let the owner write it otherwise; whether `save` took it. It may raise TwinError."""
    say, zone = view.say, view.zone
    with asking(say("Edit this fact")) as dialog:
        status = StatusLine(view.language)

        def take(event: GenericEventArguments) -> None:
            with status.refusals():
                words, since, until = map(str, event.args)
                save(words[: LONGEST_TEXT * 2], *times_of(fact, since, until, zone))
                dialog.submit(True)

        with ui.element("form").classes("chat-form") as form:
            form.on("submit", take, js_handler=_SUBMIT)
            words = ui.element("textarea").classes("own-field")
            words.props("name=words rows=3 required autofocus")
            words.props["maxlength"] = LONGEST_TEXT
            words.props["aria-label"] = say("The fact in your words")
            words.props["defaultValue"] = fact.text
            first, last = days_of(fact, zone)
            _day_field("since", say("True from"), first).props("required")
            _day_field("until", say("Last day (empty: still true)"), last)
            with ui.element("div").classes("own-row"):
                Button(say("Cancel"), lambda: dialog.submit(False))
                submit(say("Save")).classes("own-strong")
    return await dialog is True


def _day_field(name: str, label: str, day: date | None) -> ui.element:
    with ui.element("label").props(f"for=fact-{name}"):
        ui.label(label).classes("own-key")
    field = ui.element("input").props(f"type=date name={name} id=fact-{name}")
    field.props["defaultValue"] = day.isoformat() if day else ""
    return field

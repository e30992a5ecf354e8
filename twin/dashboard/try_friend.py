"""Which friend the owner pretends to be."""

from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui

from storage.chats import Chat, get_chat
from storage.errors import TwinError
from storage.pages import page_of_chats
from twin.dashboard import try_words as words
from twin.dashboard.layout import Button, card
from twin.dashboard.view import View

SHOWN = 8


def chat_of(view: View, number: int | None) -> Chat | None:
    """None also for one that was forgotten since the page showed it."""
    try:
        return None if number is None else get_chat(view.house.db, number)
    except TwinError:
        return None


class FriendCard:
    """`changed` is called when another friend, or his past, is chosen."""

    def __init__(self, view: View, chat: Chat | None, changed: Callable[[], None]) -> None:
        self._view, self._changed = view, changed
        self.chat, self.with_past = chat, False
        self._offers: dict[int | None, ui.element] = {}
        with card():
            with ui.element("div").props("role=status"):
                self._who = ui.label().classes("own-state own-good own-text")
                self._note = ui.label().classes("own-faint own-text")
            with ui.element("div").classes("trn-form"):
                with ui.element("label"):
                    ui.label(view.say(words.SEARCH))
                    search = ui.element("input").props("type=search autocomplete=off")
                    search.on(
                        "input",
                        lambda event: self._search(str(event.args)),
                        throttle=0.3,
                        leading_events=False,
                        js_handler="(event) => emit(event.target.value)",
                    )
                with ui.element("label").classes("trn-check") as self._past:
                    past = ui.element("input").props("type=checkbox")
                    past.on("change", self._take_past, js_handler="(e) => emit(e.target.checked)")
                    ui.label(view.say(words.WITH_PAST))
            self._found = ui.element("div").classes("own-row").props("role=group")
            self._found.props["aria-label"] = view.say(words.CHOOSE)
        self._show()
        self._search("")

    def _search(self, name: str) -> None:
        chats, _ = page_of_chats(self._view.house.db, search=name.strip(), limit=SHOWN)
        self._found.clear()
        self._offers.clear()
        with self._found:
            self._offer(self._view.say(words.NOBODY), None)
            for chat in chats:
                self._offer(chat.name, chat.id)
            if not chats:
                ui.label(self._view.say(words.NOT_FOUND)).classes("own-faint")
        self._mark()

    def _offer(self, name: str, number: int | None) -> None:
        choice = Button(name, partial(self._take, number)).classes("trn-name")
        choice.props["aria-pressed"] = "false"
        self._offers[number] = choice

    def _mark(self) -> None:
        chosen = self.chat.id if self.chat else None
        for number, choice in self._offers.items():
            choice.props["aria-pressed"] = "true" if number == chosen else "false"

    def _take(self, number: int | None) -> None:
        self.chat = chat_of(self._view, number)
        self._show()
        self._mark()
        self._changed()

    def _take_past(self, event: Any) -> None:
        self.with_past = bool(event.args)
        self._changed()

    def _show(self) -> None:
        say, chat = self._view.say, self.chat
        self._who.text = say(words.AS_FRIEND, name=chat.name) if chat else say(words.AS_NOBODY)
        self._note.text = say(words.NOTE, note=chat.note) if chat and chat.note else ""
        self._past.set_visibility(chat is not None)

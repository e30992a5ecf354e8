"""Page of friends with several chats: link two, take suggestions, unlink."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.chats import Chat, all_chats
from storage.database import reading
from storage.people import TwoNotes, list_people
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import add_style, asking, page_status
from twin.dashboard.widgets.layout import Button, card, link, option, submit
from twin.dashboard.wording import chat_in, chats_in
from twin.language import N_
from twin.people import Suggestion, Why, suggest_people

MOST_SHOWN = 50
_WHY: dict[Why, str] = {"name": N_("same name"), "number": N_("same telephone number")}
_SUBMIT = (
    "(event) => { event.preventDefault(); const { one, other } = event.target.elements;"
    " emit([one.value, other.value]); }"
)


def add(pages: Pages) -> None:
    async def build(view: PageView) -> None:
        people = _People(view)
        await people.refresh()

    pages.add("/people", "chats", build)


class _People:
    """The page in one browser."""

    def __init__(self, view: PageView) -> None:
        self._view, say = view, view.say
        add_style()
        link(say("All chats"), "/chats")
        self._status = page_status(view)
        with card(say("Friends with several chats")):
            self._list = ui.element("ul").classes("own-list")
        with card(say("Perhaps one friend")):
            self._suggested = ui.element("div").classes("own-stack")
        with card(say("Link two chats")):
            ui.label(
                say("They get one note, and stay two conversations with modes of their own.")
            ).classes("own-faint")
            self._form = ui.element("form").classes("chat-form")
            self._form.on("submit", self._chosen, js_handler=_SUBMIT)
        self._fill_form()

    def _fill_form(self) -> None:
        chats = [chat for chat in all_chats(self._view.context.db) if chat.kind == "direct"]
        chats.sort(key=lambda chat: chat.name.casefold())
        names = {"one": N_("Chat"), "other": N_("The friend's other chat")}
        with self._form:
            for name, label in names.items():
                with ui.element("label").props(f"for=people-{name}"):
                    ui.label(self._view.say(label)).classes("own-key")
                select = ui.element("select").classes("own-select")
                select.props(f"id=people-{name} name={name} required")
                with select:
                    option("", self._view.say("choose a chat"))
                    for chat in chats:
                        option(str(chat.id), self._name(chat))
            submit(self._view.say("Link"))

    async def refresh(self) -> None:
        """People and suggestions as they are now."""
        people, suggested = await asyncio.to_thread(_look, self._view.context.config.database)
        self._list.clear()
        with self._list:
            for person in people:
                with ui.element("li"):
                    self._person(person)
            if not people:
                with ui.element("li"):
                    ui.label(self._view.say("None yet.")).classes("own-faint")
        self._suggested.clear()
        with self._suggested:
            for suggestion in suggested[:MOST_SHOWN]:
                self._suggestion(suggestion)
            if not suggested:
                ui.label(
                    self._view.say("No two chats have the same name or telephone number.")
                ).classes("own-faint")
            more = len(suggested) - MOST_SHOWN
            if more > 0:
                ui.label(self._view.say("… and {n} more", n=more)).classes("own-faint")

    def _person(self, chats: Sequence[Chat]) -> None:
        with ui.element("div").classes("own-stack").props("role=group") as group:
            group.props["aria-label"] = chats[0].name
            for chat in chats:
                with ui.element("div").classes("own-spread"):
                    name = self._name(chat)
                    link(name, f"/chats/{chat.id}").classes("own-text")
                    Button(self._view.say("Unlink"), partial(self._unlink, chat.id)).props[
                        "aria-label"
                    ] = self._view.say("Unlink {chat}", chat=name)
            if chats[0].note:
                ui.label(chats[0].note).classes("own-faint own-text")

    def _suggestion(self, suggestion: Suggestion) -> None:
        one, other, why = suggestion
        names = {"one": self._name(one), "other": self._name(other)}
        with ui.element("div").classes("own-spread"):
            with ui.element("div").classes("own-row"):
                link(names["one"], f"/chats/{one.id}").classes("own-text")
                link(names["other"], f"/chats/{other.id}").classes("own-text")
                ui.label(self._view.say(_WHY[why])).classes("own-faint")
            button = Button(self._view.say("Link"), partial(self._link, one.id, other.id))
            button.props["aria-label"] = self._view.say("Link {one} with {other}", **names)

    def _name(self, chat: Chat) -> str:
        return chat_in(self._view.language, chat)

    async def _chosen(self, event: GenericEventArguments) -> None:
        chosen = [str(each) for each in event.args] if isinstance(event.args, list) else []
        if len(chosen) == 2 and all(each.isdecimal() for each in chosen):
            await self._link(int(chosen[0]), int(chosen[1]))

    async def _link(self, one: int, other: int) -> None:
        with self._status.refusals():
            try:
                chats = self._view.context.actions.link_chats(one, other)
            except TwoNotes as error:
                note = await self._which(error.notes)
                if note is None:
                    return
                chats = self._view.context.actions.link_chats(one, other, note)
            names = chats_in(self._view.language, chats)
            self._status.tell(self._view.say("One friend: {names}.", names=names))
        await self.refresh()

    async def _which(self, notes: Sequence[str]) -> str | None:
        """Which of the two notes the friend keeps; None: neither, and nothing is linked."""
        say = self._view.say
        with asking(say("Both chats have a note. Which one is kept?")) as dialog:
            for note in notes:
                Button(note, partial(dialog.submit, note)).classes("own-text")
            Button(say("Cancel"), partial(dialog.submit, None)).props("autofocus")
        kept = await dialog
        return kept if isinstance(kept, str) else None

    async def _unlink(self, chat_id: int) -> None:
        with self._status.refusals():
            chat = self._view.context.actions.unlink_chat(chat_id)
            name = self._name(chat)
            self._status.tell(
                self._view.say("{chat} is by itself again. It keeps the note.", chat=name)
            )
        await self.refresh()


def _look(database: Path) -> tuple[list[list[Chat]], list[Suggestion]]:
    """Beside the event loop: thousands of chats take a moment."""
    with reading(database) as db:
        return list_people(db), suggest_people(db)

"""Part of a chat's page: the other chats with the same friend."""

from collections.abc import Callable

from nicegui import ui

from storage.chats import Chat
from storage.people import chats_elsewhere
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, card, link
from twin.dashboard.wording import chat_in


class PersonCard:
    """`changed` is called after each act."""

    def __init__(
        self, view: PageView, chat: Chat, status: StatusLine, changed: Callable[[], None]
    ) -> None:
        self._view, self._chat, self._status, self._changed = view, chat, status, changed
        self._shown: list[Chat] | None = None
        with card(view.say("This friend elsewhere")):
            self._part = ui.element("div").classes("own-stack")
            link(view.say("Link chats with the same friend"), "/people")
        self.refresh()

    def refresh(self) -> None:
        """The chats that are linked now."""
        chats = chats_elsewhere(self._view.context.db, self._chat.id)
        if chats == self._shown:
            return
        self._shown, say = chats, self._view.say
        self._part.clear()
        with self._part:
            if not chats:
                ui.label(say("Linked with no other chat.")).classes("own-faint")
                return
            with ui.element("ul").classes("own-lines"):
                for chat in chats:
                    with ui.element("li"):
                        name = chat_in(self._view.language, chat)
                        link(name, f"/chats/{chat.id}").classes("own-text")
            ui.label(say("They have one note, and each a mode of its own.")).classes("own-faint")
            with ui.element("div").classes("own-row"):
                Button(say("Unlink this chat"), self._unlink)

    def _unlink(self) -> None:
        with self._status.refusals():
            self._view.context.actions.unlink_chat(self._chat.id)
            self._status.tell(self._view.say("The chat is by itself again. It keeps the note."))
        self._changed()

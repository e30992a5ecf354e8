"""The field in which the owner writes in a chat, where that is possible."""

import json
from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.chats import Chat
from storage.errors import TwinError
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import submit

LONGEST = 10_000
# Enter sends, unless an input method uses it to pick a word.
_ENTER = (
    "(event) => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {"
    " event.preventDefault(); event.target.form.requestSubmit(); } }"
)
_SUBMIT = (
    "(event) => { event.preventDefault(); const field = event.target.elements.words;"
    " if (field.value.trim()) { emit(field.value); field.value = ''; } }"
)


class Answer:
    """`changed` is called when something was sent."""

    def __init__(
        self, view: PageView, chat: Chat, status: StatusLine, changed: Callable[[], None]
    ) -> None:
        self._view, self._chat, self._status, self._changed = view, chat, status, changed
        self._part = ui.element("div")
        self._may_write: bool | None = None

    def show(self, chat: Chat) -> None:
        """The field is kept as long as it may be used: somebody may be typing in it."""
        connected = {connector.name for connector in self._view.context.connectors}
        may = chat.kind != "self" and chat.mode != "off" and chat.platform in connected
        if may == self._may_write:
            return
        self._may_write = may
        self._part.clear()
        with self._part:
            if may:
                self._form()
                return
            ui.label(
                self._view.say(
                    "You can't write here: the chat is off, it is your own, or its platform "
                    "is not connected."
                )
            ).classes("own-faint")

    def _form(self) -> None:
        say, policy = self._view.say, self._view.context.config.policy
        form = ui.element("form").classes("chat-answer")
        form.on("submit", self._send, js_handler=_SUBMIT)
        with form:
            self._field = ui.element("textarea").classes("own-field").props("name=words rows=2")
            self._field.props["maxlength"] = LONGEST
            self._field.props["aria-label"] = self._field.props["placeholder"] = say(
                "Write as yourself"
            )
            self._field.on("keydown", js_handler=_ENTER)
            submit(say("Send")).classes("own-strong")
        minutes = f"{policy.takeover_minutes:g}"
        ui.label(
            say(
                "Press Enter to send. Your message cancels what the twin was about to send and "
                "pauses it in this chat for {minutes} minutes.",
                minutes=minutes,
            )
        ).classes("own-faint")

    def _send(self, event: GenericEventArguments) -> None:
        text = str(event.args)
        try:
            self._view.context.actions.send_message(self._chat.id, text[:LONGEST])
        except TwinError as error:
            self._status.refuse(error)
            self._give_back(text)
            return
        self._status.tell(self._view.say("Your message is being sent."))
        self._changed()

    def _give_back(self, text: str) -> None:
        """What the owner wrote is not lost, nor what they have written since."""
        self._field.client.run_javascript(
            f"const field = getHtmlElement({self._field.id});"
            f" if (!field.value) field.value = {json.dumps(text)}"
        )

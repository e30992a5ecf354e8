"""What the twin was shown of earlier before a reply, with links to the messages."""

from collections.abc import Sequence

from nicegui import ui

from storage.decision_memory import ShownMessage
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.layout import link


def show_remembered(view: PageView, messages: Sequence[ShownMessage]) -> None:
    """A fold with a line each; nothing where there is none."""
    if not messages:
        return
    with ui.element("details").classes("own-fold chat-earlier"):
        with ui.element("summary"):
            ui.label(
                view.say_n("From memory: one message", "From memory: {n} messages", len(messages))
            )
        for message in messages:
            with ui.element("div").classes("chat-text"):
                link(view.when(message.sent_at), address_of(message.chat_id, message.id))
                ui.label(message.text).classes("own-text")


def address_of(chat_id: int, message_id: int) -> str:
    """Where the message is shown in its conversation."""
    return f"/chats/{chat_id}?message={message_id}"

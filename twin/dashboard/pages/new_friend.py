"""A friend without any chat program: a name, and there is a link to send."""

from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.errors import TwinError
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import LONGEST_NAME, FriendLink, StatusLine
from twin.dashboard.widgets.layout import card, submit


class NewFriend:
    """`changed` is called when there is a new chat."""

    def __init__(self, view: PageView, status: StatusLine, changed: Callable[[], None]) -> None:
        self._view, self._status, self._changed = view, status, changed
        with card(view.say("Invite a friend on the web")):
            form = ui.element("form").classes("own-row")
            form.on(
                "submit",
                self._invite,
                js_handler="(event) => { event.preventDefault();"
                " emit(event.target.elements.friend.value); event.target.reset(); }",
            )
            with form:
                field = ui.element("input").props("name=friend autocomplete=off required")
                field.props["maxlength"] = LONGEST_NAME
                field.props["aria-label"] = field.props["placeholder"] = view.say("Friend's name")
                submit(view.say("Create link")).classes("own-strong")
            self._made = ui.element("div")

    def _invite(self, event: GenericEventArguments) -> None:
        context = self._view.context
        try:
            token, chat = context.actions.invite(str(event.args)[:LONGEST_NAME])
        except TwinError as error:
            self._status.refuse(error)
            return
        self._status.tell(
            self._view.say(
                "{name} can chat with the twin through this link. The twin answers right away.",
                name=chat.name,
            )
        )
        self._made.clear()
        with self._made:
            FriendLink(self._view, context.link(token))
        self._changed()

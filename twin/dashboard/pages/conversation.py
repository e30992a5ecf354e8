"""Page of one chat, which follows the conversation."""

from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.chats import Chat, get_chat
from storage.errors import InputError, TwinError
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.bubbles import Bubble
from twin.dashboard.pages.chat_settings import ChatSettings
from twin.dashboard.pages.timeline import Entry, Key, read_timeline
from twin.dashboard.widgets.controls import ModeSwitch, add_style, page_status
from twin.dashboard.widgets.layout import Button, card, heading, link, submit
from twin.dashboard.widgets.live_list import LiveList

PER_PAGE = 40
REFRESH_S = 2.0
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
_SHOW_WANTED = (
    "const wanted = document.querySelector('.chat-wanted');"
    " wanted?.scrollIntoView({block: 'center'}); wanted?.focus({preventScroll: true});"
)


def add(pages: Pages) -> None:
    def build(view: PageView, number: int, message: int | None = None) -> None:
        try:
            chat = get_chat(view.context.db, number)
        except InputError:
            ui.label(view.say("This chat doesn't exist."))
            link(view.say("All chats"), "/chats")
            return
        _Conversation(view, chat, message)

    pages.add("/chats/{number}", "chats", build)


class _Conversation:
    """The page in one browser. `wanted`: a message that is shown instead of the newest ones."""

    def __init__(self, view: PageView, chat: Chat, wanted: int | None = None) -> None:
        self._view, self._chat, self._count = view, chat, PER_PAGE
        self._wanted = wanted
        add_style()
        link(view.say("All chats"), "/chats")
        if wanted is not None:
            link(view.say("Newest messages"), f"/chats/{chat.id}")
        self._status = page_status(view)
        self._whole = ui.element("div").classes("chat-page")
        with self._whole:
            with card() as conversation:
                conversation.props["aria-label"] = chat.name
                self._head()
                self._messages()
                self._answer = ui.element("div")
            settings = ChatSettings(view, chat, self._status, self._refresh, self._forgotten)
        self._settings: ChatSettings | None = settings
        self._may_write: bool | None = None
        self._refresh()
        if wanted is not None:
            ui.run_javascript(_SHOW_WANTED)
        view.every(REFRESH_S, self._refresh)

    def _head(self) -> None:
        chat, view = self._chat, self._view
        with ui.element("div").classes("own-spread chat-title"):
            heading(chat.name, 2).classes("own-text")
            self._switch: ModeSwitch | None = None
            if chat.kind != "self":
                self._switch = ModeSwitch(view, chat.id, chat.name, self._status, self._refresh)

    def _messages(self) -> None:
        say = self._view.say
        # It grows upwards, so that its end stays in sight without a script.
        log = ui.element("div").classes("chat-log").props("tabindex=0 role=log aria-live=polite")
        log.props["aria-label"] = say("Messages")
        with log, ui.element("div").classes("chat-log-inner"):
            self._older = Button(say("Older messages"), self._show_older)
            self._nothing = ui.label(say("No messages in this chat yet.")).classes("own-faint")
            entries = ui.element("ul").classes("chat-entries")
        self._list: LiveList[Key, Entry] = LiveList(entries, self._bubble)

    def _bubble(self, entry: Entry) -> Bubble:
        return Bubble(self._view, self._chat.name, entry, self._judge, self._wanted)

    def _judge(self, message_id: int, up: bool | None) -> None:
        with self._status.refusals():
            self._view.context.actions.set_thumb(message_id, up)
            self._status.tell(self._view.say("Your judgement is noted."))
        self._refresh()

    def _show_older(self) -> None:
        self._count += PER_PAGE
        self._refresh()

    def _refresh(self) -> None:
        if self._settings is None:
            return
        try:
            self._chat = get_chat(self._view.context.db, self._chat.id)
        except InputError:
            self._close(lambda: ui.label(self._view.say("This chat doesn't exist.")))
            return
        timeline = read_timeline(self._view.context.db, self._chat.id, self._count, self._wanted)
        self._list.show(timeline.entries)
        self._older.set_visibility(timeline.has_older)
        self._nothing.set_visibility(not timeline.entries)
        if self._switch:
            self._switch.show(self._chat.mode)
        self._settings.show(self._chat)
        self._show_answer()

    def _show_answer(self) -> None:
        """The field is kept as long as it may be used: somebody may be typing in it."""
        connected = {connector.name for connector in self._view.context.connectors}
        chat = self._chat
        may = chat.kind != "self" and chat.mode != "off" and chat.platform in connected
        if may == self._may_write:
            return
        self._may_write = may
        self._answer.clear()
        with self._answer:
            if may:
                self._answer_form()
            else:
                ui.label(
                    self._view.say(
                        "You can't write here: the chat is off, it is your own, or its platform "
                        "is not connected."
                    )
                ).classes("own-faint")

    def _answer_form(self) -> None:
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
            self._field.props["defaultValue"] = text  # what the owner wrote is not lost
            return
        self._status.tell(self._view.say("Your message is being sent."))
        self._refresh()

    def _forgotten(self, lines: list[str]) -> None:
        def tell() -> None:
            for line in lines:
                ui.label(line).classes("own-text")

        self._close(tell)

    def _close(self, tell: Callable[[], object]) -> None:
        self._settings = None
        self._whole.clear()
        with self._whole, card():
            tell()

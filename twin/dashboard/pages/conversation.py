"""One chat, which follows the conversation and goes back in it, with its settings beside it."""

from collections.abc import Callable

from nicegui import ui

from storage.chats import Chat, get_same_chat
from storage.errors import InputError
from storage.unread import first_unread, mark_seen, unread_counts
from storage.windows import go_back, go_on, window_around, window_at_end
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.bubbles import Bubble
from twin.dashboard.pages.chat_answer import Answer
from twin.dashboard.pages.chat_settings import PLACE, ChatSettings
from twin.dashboard.pages.timeline import Entry, Key, read_timeline
from twin.dashboard.widgets.controls import ModeSwitch, StatusLine
from twin.dashboard.widgets.layout import Button, card, link
from twin.dashboard.widgets.live_list import LiveList

PER_PAGE = 40


class Conversation:
    """`wanted`: a message that is shown, with what lies around it, instead of the newest ones."""

    def __init__(
        self, view: PageView, chat: Chat, status: StatusLine, wanted: int | None = None
    ) -> None:
        self._view, self._chat, self._status, self._wanted = view, chat, status, wanted
        db = view.context.db
        around = None if wanted is None else window_around(db, chat.id, wanted, PER_PAGE)
        self._window = around or window_at_end(db, chat.id, PER_PAGE)
        self._unread = first_unread(db, chat.id)
        self._whole = ui.element("div").classes("chat-page")
        with self._whole:
            with card() as conversation:
                conversation.props["aria-label"] = chat.name
                self._head()
                self._messages()
                self._answer = Answer(view, chat, status, self.refresh)
            self._settings: ChatSettings | None = ChatSettings(
                view, chat, status, self.refresh, self._forgotten
            )
        self.refresh()

    def _head(self) -> None:
        chat, view = self._chat, self._view
        with ui.element("div").classes("own-spread chat-title"):
            with ui.element("h2").classes("own-text").props("tabindex=-1"):
                self._name = ui.label()
            self._switch: ModeSwitch | None = None
            if chat.kind != "self":
                self._switch = ModeSwitch(view, chat.id, chat.name, self._status, self.refresh)
        link(view.say("Settings of this chat"), f"#{PLACE}").classes("chat-to-settings")

    def _messages(self) -> None:
        say = self._view.say
        log = ui.element("div").classes("chat-log").props("tabindex=0 role=log aria-live=polite")
        log.props["aria-label"] = say("Messages")
        with log:  # chats.js follows it, and presses the buttons at its ends
            self._older = Button(say("Older messages"), self._show_older).classes("chat-older")
            self._nothing = ui.label(say("No messages in this chat yet.")).classes("own-faint")
            entries = ui.element("ul").classes("chat-entries")
            self._newer = Button(say("Newer messages"), self._show_newer).classes("chat-newer")
        self._newest = Button(say("Newest messages"), self._show_newest)
        self._list: LiveList[Key, Entry] = LiveList(entries, self._bubble)

    def _bubble(self, entry: Entry) -> Bubble:
        return Bubble(self._view, self._chat.name, entry, self._judge, self._wanted)

    def _judge(self, message_id: int, up: bool | None) -> None:
        with self._status.refusals():
            self._view.context.actions.set_thumb(message_id, up)
            self._status.tell(self._view.say("Your judgement is noted."))
        self.refresh()

    def _show_older(self) -> None:
        self._window = go_back(self._view.context.db, self._chat.id, self._window, PER_PAGE)
        self.refresh()

    def _show_newer(self) -> None:
        self._window = go_on(self._view.context.db, self._chat.id, self._window, PER_PAGE)
        self.refresh()

    def _show_newest(self) -> None:
        self._window = window_at_end(self._view.context.db, self._chat.id, PER_PAGE)
        self.refresh()

    def refresh(self) -> None:
        """The chat as it is now, which the owner has seen then."""
        if self._settings is None:
            return
        db = self._view.context.db
        try:
            self._chat = get_same_chat(db, self._chat)
        except InputError:
            self._close(lambda: ui.label(self._view.say("This chat doesn't exist.")))
            return
        self._name.text = self._chat.name
        self._show_messages()
        if self._switch:
            self._switch.show(self._chat.mode)
        self._settings.show(self._chat)
        self._answer.show(self._chat)
        if unread_counts(db, [self._chat.id])[self._chat.id]:
            mark_seen(db, self._chat.id)

    def _show_messages(self) -> None:
        view = self._view
        timeline = read_timeline(
            view.context.db,
            self._chat.id,
            self._window,
            view.zone,
            today=view.today,
            unread=self._unread,
        )
        self._list.show(timeline.entries)
        self._older.set_visibility(timeline.has_older)
        self._newer.set_visibility(timeline.has_newer)
        self._newest.set_visibility(timeline.has_newer)
        self._nothing.set_visibility(not timeline.entries and not timeline.has_older)

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

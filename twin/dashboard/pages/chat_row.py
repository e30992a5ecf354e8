"""One chat of the list: its name, last message and time, what is unread, and its mode."""

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui

from storage.decisions import BurstVerdict
from storage.listings import ListedChat
from storage.messages import Message
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import MODE_NAMES
from twin.dashboard.widgets.layout import LEFT_CLICK
from twin.dashboard.wording import kind_in, platform_in, reason_in, who_in

SHOWN_CHARS = 160
MOST_COUNTED = 99
_ANSWERING = ("draft", "auto")
_NO_KIND = ("text", "command", "notice")


@dataclass(frozen=True, slots=True)
class ChatLine:
    """What the list shows of a chat. `unread`: how many messages are new to the owner."""

    chat: ListedChat
    last: Message | None
    verdict: BurstVerdict | None
    unread: int
    is_paused: bool
    is_open: bool


class ChatRow:
    """`choose` is called with the chat's number."""

    def __init__(self, view: PageView, line: ChatLine, choose: Callable[[int], None]) -> None:
        self._view = view
        self.element = ui.element("li").classes("chat-row")
        with self.element:
            self._link = ui.element("a").classes("chat-name own-text")
            self._link.props["href"] = f"/chats/{line.chat.id}"
            with self._link:
                self._name = ui.label()
            self._link.on("click", lambda: choose(line.chat.id), js_handler=LEFT_CLICK)
            self._time = ui.label().classes("own-faint chat-time")
            self._last = ui.label().classes("own-text chat-last")
            with ui.element("div").classes("chat-marks"):
                self._unread = ui.element("div").classes("chat-unread")
                with self._unread:
                    self._count = ui.label().props("aria-hidden=true")
                    self._counted = ui.label().classes("own-unseen")
                self._mode = ui.label().classes("chat-mode")
            self._why = ui.label().classes("own-faint own-text chat-why")
        self.update(line)

    def update(self, line: ChatLine) -> None:
        view, chat = self._view, line.chat
        self._link.props["aria-current"] = "page" if line.is_open else False
        self._name.text = chat.name
        self._time.text = view.brief(chat.last_message_at) if chat.last_message_at else ""
        self._last.text = last_words(view, chat, line.last)
        self._show_unread(line.unread)
        self._show_mode(line)
        self._why.text = self._reason(line)

    def _show_unread(self, count: int) -> None:
        self._unread.set_visibility(count > 0)
        self._count.text = f"{count}" if count <= MOST_COUNTED else f"{MOST_COUNTED}+"
        self._counted.text = self._view.say_n("One unread message", "{n} unread messages", count)

    def _show_mode(self, line: ChatLine) -> None:
        say, chat = self._view.say, line.chat
        self._mode.set_visibility(chat.kind != "self")
        mode = say(MODE_NAMES[chat.mode])
        self._mode.text = say("{mode}, paused", mode=mode) if line.is_paused else mode
        self._mode.classes(replace=f"chat-mode chat-mode-{chat.mode}")
        self._mode.props["title"] = platform_in(self._view.language, chat.platform)

    def _reason(self, line: ChatLine) -> str:
        """Why a chat that is answered was not; of the others nobody asks."""
        verdict = line.verdict
        if verdict is None or verdict.answered or line.chat.mode not in _ANSWERING:
            return ""
        reason = reason_in(self._view.language, verdict.reason)
        return self._view.say("Not answered: {reason}", reason=reason)


def last_words(view: PageView, chat: ListedChat, message: Message | None) -> str:
    """What was said last in the chat, and by whom where it is not the one friend."""
    if message is None:
        return view.say("No messages yet.")
    said = message.text or message.media_text or message.media_description or ""
    text = " ".join(said[: SHOWN_CHARS * 2].split())
    if message.recalled_at is not None:
        text = view.say("Message recalled")
    elif message.kind not in _NO_KIND or not text:
        text = f"[{kind_in(view.language, message.kind)}] {text}"
    cut = text[:SHOWN_CHARS].rstrip() + "…" if len(text) > SHOWN_CHARS else text
    if message.origin == "peer" and chat.kind == "direct":
        return cut
    return view.say("{who}: {text}", who=who_in(view.language, message), text=cut)

"""Page of all chats: the list and the open one, side by side where there is room."""

from urllib.parse import parse_qs, urlsplit

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.chats import get_chat
from storage.errors import InputError
from storage.values import row_number
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.chat_list import ChatList
from twin.dashboard.pages.conversation import Conversation
from twin.dashboard.pages.new_friend import NewFriend
from twin.dashboard.pages.remembered import address_of
from twin.dashboard.static import STATIC
from twin.dashboard.widgets.controls import add_style, page_status
from twin.dashboard.widgets.layout import LEFT_CLICK, card, link

REFRESH_S = 2.0
ALL = "/chats"
ROW, TITLE = ".chat-row a", ".chat-title h2"  # in the page
_JS = (STATIC / "chats.js").read_text(encoding="utf-8")


def add(pages: Pages) -> None:
    def build_all(view: PageView) -> None:
        _Chats(view).show(None)

    def build_one(view: PageView, number: int, message: int | None = None) -> None:
        _Chats(view).show(number, message)

    pages.add(ALL, "chats", build_all)
    pages.add("/chats/{number}", "chats", build_one)


class _Chats:
    """The page in one browser. Where there is room for one of both only, the open chat is shown."""

    def __init__(self, view: PageView) -> None:
        self._view, self._client = view, ui.context.client
        self._conversation: Conversation | None = None
        self._place: tuple[int | None, int | None] = (None, None)
        add_style()
        ui.add_body_html(f"<script>{_JS}</script>")
        self._status = page_status(view)
        self._desk = ui.element("div").classes("chat-desk")
        with self._desk:
            self._list = ChatList(view, self._open)
            with ui.element("div").classes("own-stack chat-room"):
                self._back = link(view.say("All chats"), ALL)
                self._back.on("click", lambda: self._close(), js_handler=LEFT_CLICK)
                self._room = ui.element("div").classes("own-stack")
        ui.on("own_place", self._go)
        view.every(REFRESH_S, self._refresh)

    async def _refresh(self) -> None:
        if self._conversation:
            self._conversation.refresh()
        self._list.refresh()
        await self._list.found.refresh()

    def _open(self, number: int, message: int | None = None) -> None:
        self._push(f"{ALL}/{number}" if message is None else address_of(number, message))
        self._change(number, message)

    def _close(self) -> None:
        self._push(ALL)
        self._change(None, None)

    def _push(self, address: str) -> None:
        self._client.run_javascript(f"history.pushState({{}}, '', '{address}')")

    def _change(self, number: int | None, message: int | None) -> None:
        """Another chat, or none; the focus goes to it, or to the row of the one before."""
        before, _ = self._place
        self._status.tell("")
        self.show(number, message)
        wanted = f"{ROW}[href='{ALL}/{before}']" if number is None else TITLE
        if message is None:  # which takes the focus itself
            self._client.run_javascript(f'document.querySelector("{wanted}")?.focus()')

    def _go(self, event: GenericEventArguments) -> None:
        """The browser went back or forward to an address of this page."""
        address = urlsplit(str(event.args))
        message = row_number(parse_qs(address.query).get("message", [""])[0])
        place = (row_number(address.path.removeprefix(f"{ALL}/")), message)
        if place != self._place:  # or it went to a part of the page
            self._change(*place)

    def show(self, number: int | None, message: int | None = None) -> None:
        """The chat of that number beside the list, or none."""
        self._conversation, self._place = None, (number, message)
        self._room.clear()
        self._back.set_visibility(number is not None)
        self._desk.classes(replace="chat-desk" if number is None else "chat-desk chat-is-open")
        with self._room:
            if number is None:
                NewFriend(self._view, self._status, self._list.refresh)
                with card():
                    link(self._view.say("Friends with several chats"), "/people")
            else:
                self._fill(number, message)
        self._list.mark_open(number)
        self._list.refresh()

    def _fill(self, number: int, message: int | None) -> None:
        try:
            chat = get_chat(self._view.context.db, number)
        except InputError:
            with card():
                ui.label(self._view.say("This chat doesn't exist."))
            return
        self._conversation = Conversation(self._view, chat, self._status, message)

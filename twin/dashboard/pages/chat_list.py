"""The list of chats beside a conversation: search, a page of chats, and what was found."""

from collections.abc import Callable, Iterator, Sequence

from nicegui import ui

from storage.decisions import last_verdicts
from storage.listings import ListedChat, last_messages, page_of_chats
from storage.unread import unread_counts
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.chat_row import ChatLine, ChatRow
from twin.dashboard.pages.message_search import FoundMessages
from twin.dashboard.widgets.controls import search_field
from twin.dashboard.widgets.layout import Button, card, heading
from twin.dashboard.widgets.live_list import LiveList

PER_PAGE = 25
LONGEST_QUERY = 200

# A chat's number, and that of the message in it that is looked for.
Choose = Callable[[int, int | None], None]


class ChatList:
    """`choose` is called when a chat or a message is chosen."""

    def __init__(self, view: PageView, choose: Choose) -> None:
        self._view, self._choose = view, choose
        self._search, self._offset = "", 0
        self._open: int | None = None
        with card() as part:
            part.classes("chat-list").props["aria-label"] = view.say("Chats and search")
            field = search_field(self._find, LONGEST_QUERY)
            field.props["aria-label"] = field.props["placeholder"] = view.say(
                "Search chats and messages"
            )
            with ui.element("div").classes("chat-list-inner").props("tabindex=-1"):
                self._part()
                self.found = FoundMessages(view, choose)

    def _part(self) -> None:
        say = self._view.say
        self._title = heading(say("Chats"), 2)
        chats = ui.element("ul").classes("chat-rows")
        chats.props["aria-label"] = say("Chats")
        self._list: LiveList[int, ChatLine] = LiveList(chats, self._row)
        with ui.element("div").classes("own-spread"):
            self._newer = Button(say("Previous page"), lambda: self._turn(-PER_PAGE))
            self._where = ui.label().classes("own-faint")
            self._older = Button(say("Next page"), lambda: self._turn(PER_PAGE))

    def _row(self, line: ChatLine) -> ChatRow:
        return ChatRow(self._view, line, lambda number: self._choose(number, None))

    async def _find(self, query: str) -> None:
        self._search, self._offset = query.strip(), 0
        self.refresh()
        await self.found.find(query)

    def _turn(self, by: int) -> None:
        self._offset = max(0, self._offset + by)
        self.refresh()

    def mark_open(self, chat_id: int | None) -> None:
        """Which chat is shown beside the list."""
        self._open = chat_id

    def refresh(self) -> None:
        """The page of the list as it is now."""
        chats, total = self._page()
        if not chats and total:  # what was on the last page is forgotten
            self._offset = (total - 1) // PER_PAGE * PER_PAGE
            chats, total = self._page()
        self._list.show({line.chat.id: line for line in self._lines(chats)})
        self._title.set_visibility(bool(self._search))
        last = self._offset + len(chats)
        self._where.text = self._words(last, total)
        for button, on in ((self._newer, self._offset > 0), (self._older, last < total)):
            button.props["disabled"] = not on
            button.set_visibility(total > PER_PAGE)

    def _page(self) -> tuple[list[ListedChat], int]:
        return page_of_chats(
            self._view.context.db, search=self._search, limit=PER_PAGE, offset=self._offset
        )

    def _words(self, last: int, total: int) -> str:
        say, first = self._view.say, self._offset + 1
        if not total:
            return say("No chat has this name.") if self._search else say("No chats.")
        return say("{first}–{last} of {total}", first=first, last=last, total=total)

    def _lines(self, chats: Sequence[ListedChat]) -> Iterator[ChatLine]:
        context, numbers = self._view.context, [chat.id for chat in chats]
        messages, verdicts = last_messages(context.db, numbers), last_verdicts(context.db, numbers)
        unread, now = unread_counts(context.db, numbers), context.clock.now()
        for chat in chats:
            yield ChatLine(
                chat,
                messages.get(chat.id),
                verdicts.get(chat.id),
                unread[chat.id],
                is_paused=chat.paused_until is not None and chat.paused_until > now,
                is_open=chat.id == self._open,
            )

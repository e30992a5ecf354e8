"""Messages of all chats that were found, a page at a time, each with the way to its place."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from storage.database import reading
from storage.hits import Hit, page_of_hits
from storage.messages import chats_of_messages
from storage.windows import Place
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.remembered import address_of
from twin.dashboard.widgets.layout import LEFT_CLICK, Button, heading
from twin.dashboard.wording import kind_in, platform_in, who_in

PER_PAGE = 20


class FoundMessages:
    """`choose` is called with the chat and the message that are chosen."""

    def __init__(self, view: PageView, choose: Callable[[int, int], None]) -> None:
        self._view, self._choose = view, choose
        self._query = ""
        self._pages: list[Place | None] = [None]  # before what each page begins, up to this one
        self._next: Place | None = None
        self._shown: dict[int, int] = {}  # the chat of each message
        self._part = ui.element("section")
        self._part.props["aria-label"] = view.say("Messages that were found")
        with self._part:
            heading(view.say("Messages"), 2)
            self._told = ui.label().classes("own-faint").props("role=status")
            self._list = ui.element("ul").classes("chat-rows chat-hits")
            self._turns()
        self._part.set_visibility(False)

    def _turns(self) -> None:
        with ui.element("div").classes("own-spread"):
            self._back = Button(self._view.say("Newer results"), self._turn_back)
            self._on = Button(self._view.say("Older results"), self._turn_on)

    async def find(self, query: str) -> None:
        """Show the newest messages with these words; nothing for an empty query."""
        self._query, self._pages = query, [None]
        self._part.set_visibility(bool(query))
        await self._show()

    async def refresh(self) -> None:
        """Look again where something that is shown is gone: its chat may be forgotten."""
        if self._shown != chats_of_messages(self._view.context.db, self._shown):
            await self._show()

    async def _turn_on(self) -> None:
        if self._next is not None:
            self._pages.append(self._next)
            await self._show()

    async def _turn_back(self) -> None:
        if len(self._pages) > 1:
            self._pages.pop()
            await self._show()

    async def _show(self) -> None:
        asked, self._next = (self._query, self._pages[-1]), None  # known once it is there
        hits = await asyncio.to_thread(_look, self._view.context.config.database, *asked)
        if asked != (self._query, self._pages[-1]):
            return  # something else is looked for by now
        if not hits and len(self._pages) > 1:  # what was on the last page is forgotten
            await self._turn_back()
            return
        shown = hits[:PER_PAGE]
        self._next = shown[-1].place if len(hits) > PER_PAGE else None
        self._shown = {hit.message.id: hit.message.chat_id for hit in shown}
        self._list.clear()
        with self._list:
            for hit in shown:
                self._hit(hit)
        self._told.text = self._words(len(shown))
        for button, on in ((self._back, len(self._pages) > 1), (self._on, self._next is not None)):
            button.props["disabled"] = not on
            button.set_visibility(len(self._pages) > 1 or self._next is not None)

    def _words(self, count: int) -> str:
        if not count:
            return self._view.say("No message has these words.")
        if len(self._pages) == 1 and self._next is None:
            return self._view.say_n("One message", "{n} messages", count)
        return self._view.say("Page {n}", n=len(self._pages))

    def _hit(self, hit: Hit) -> None:
        view, message = self._view, hit.message
        with ui.element("li").classes("chat-row chat-hit"):
            anchor = ui.element("a").classes("chat-name own-text")
            anchor.props["href"] = address_of(message.chat_id, message.id)
            anchor.on(
                "click", partial(self._choose, message.chat_id, message.id), js_handler=LEFT_CLICK
            )
            with anchor:
                ui.label(hit.chat)
            time = ui.label(view.when(message.sent_at)).classes("own-faint chat-time")
            time.props["title"] = platform_in(view.language, hit.platform)
            with ui.element("p").classes("chat-found"):
                TextElement(tag="span", text=self._who(hit)).classes("own-faint")
                for text, found in hit.parts:
                    TextElement(tag="mark" if found else "span", text=text)

    def _who(self, hit: Hit) -> str:
        message, say, language = hit.message, self._view.say, self._view.language
        said = [who_in(language, message)]
        if message.kind != "text":
            said.append(kind_in(language, message.kind))
        if message.recalled_at is not None:
            said.append(say("recalled"))
        return say("{who}: {text}", who=" · ".join(said), text="")


def _look(database: Path, query: str, before: Place | None) -> list[Hit]:
    """Beside the event loop: a word of half of a million messages takes a tenth of a second."""
    if not query:
        return []
    with reading(database) as db:
        return page_of_hits(db, query, before=before, limit=PER_PAGE + 1)

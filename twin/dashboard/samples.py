"""The sample browser: what is learnt, answer by answer, and what must not be."""

import asyncio
from urllib.parse import urlencode

from nicegui import ui

from storage.chats import chat_names
from storage.errors import TwinError
from twin.dashboard import samples_words as words
from twin.dashboard.error_words import error_in
from twin.dashboard.layout import card, link, option, submit
from twin.dashboard.pages import Pages
from twin.dashboard.sample_card import SampleCard
from twin.dashboard.view import View
from twin.samples import SamplePage

PATH = "/data/samples"
LONGEST_QUERY = 200
MOST_PAGES = 50  # a search gathers all hits up to the page


def add_samples(pages: Pages) -> None:
    async def build(
        view: View, q: str = "", page: int = 0, chat: str = "", before: int | None = None
    ) -> None:
        link(view.say(words.BACK), "/data")
        query = q.strip()[:LONGEST_QUERY]
        number = int(chat) if chat.isascii() and chat.isdecimal() and len(chat) < 16 else None
        _form(view, query, number)
        said = ui.label().classes("own-text").props("role=status")
        if not query and number is None:
            said.text = view.say(words.HINT)
            return
        said.text = view.say(words.LOOKING)  # the page may be sent before it is found
        try:
            found = await _find(view, query, max(0, min(page, MOST_PAGES)), number, before)
        except TwinError as error:
            said.text = error_in(view.language, error)
            said.classes(add="own-alert")
            return
        _show(view, found, said)
        if found.following is not None and page < MOST_PAGES:
            following = {"before": found.following, "chat": number}
            if query:
                following = {"page": found.following, "q": query}  # type: ignore[dict-item]
            address = f"{PATH}?{urlencode(following)}"
            link(view.say(words.OLDER), address).classes("own-button")

    pages.add(PATH, "data", build)


async def _find(
    view: View, query: str, page: int, chat: int | None, before: int | None
) -> SamplePage:
    samples = view.house.samples
    if samples is None:
        raise TwinError(view.say(words.UNAVAILABLE))
    if query:
        return await asyncio.to_thread(samples.found, query, page)
    return await asyncio.to_thread(samples.of_chat, chat or 0, before)


def _show(view: View, found: SamplePage, said: ui.label) -> None:
    def tell(text: str) -> None:
        said.text = text

    said.text = "" if found.samples else view.say(words.NOTHING)
    cards: list[SampleCard] = []
    for number, sample in enumerate(found.samples):
        cards.append(SampleCard(view, number, sample, tell, cards))


def _form(view: View, query: str, chat: int | None) -> None:
    """A form as of old: what it found has an address, and the browser's way back works."""
    with card(), ui.element("form").classes("own-find") as form:
        form.props["method"], form.props["action"], form.props["role"] = "get", PATH, "search"
        with ui.element("div"):
            with ui.element("label").props("for=q"):
                ui.label(view.say(words.SEARCH)).classes("own-key")
            field = ui.element("input").props("id=q name=q type=search")
            field.props["value"], field.props["maxlength"] = query, LONGEST_QUERY
        with ui.element("div"):
            with ui.element("label").props("for=chat"):
                ui.label(view.say(words.CHAT)).classes("own-key")
            with ui.element("select").classes("own-select").props("id=chat name=chat"):
                option("", view.say(words.NO_CHAT), chosen=chat is None)
                for number, name in chat_names(view.house.db):
                    option(str(number), name[:80], chosen=number == chat)
        submit(view.say(words.FIND)).classes("own-strong")

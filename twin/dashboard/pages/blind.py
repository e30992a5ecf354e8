"""Blind test: which of two answers is the owner's? With its results, and links for friends."""

from collections.abc import Callable, Iterator
from functools import partial

from nicegui import ui
from nicegui.client import Client
from nicegui.events import GenericEventArguments

from storage.blind_links import open_blind_links
from storage.blind_test import BlindPair, Tally, tallies
from storage.chats import Chat, get_chat
from storage.listings import page_of_chats
from storage.messages import Message
from storage.values import row_number
from twin.blind_score import of_adapter, score_of
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.playground import STYLE, chat_of
from twin.dashboard.widgets.controls import FriendLink, StatusLine, confirmed
from twin.dashboard.widgets.layout import Button, card, heading, link, option, submit
from twin.dashboard.widgets.table import table
from twin.dashboard.wording import WHO, chat_in
from twin.language import N_
from twin.prompting.media_marks import all_as_read

MOST_CHATS = 200  # offered for a link, the most recent
_SUBMIT = "(event) => { event.preventDefault(); emit(event.target.elements.chat.value); }"
COLUMNS = (N_("Chat"), N_("Taken for you"), N_("95% interval"), N_("Answers"), N_("Adapter"))


def add(pages: Pages) -> None:
    def build(view: PageView, chat: int | None = None) -> None:
        ui.add_head_html(f"<style>{STYLE}</style>")
        link(view.say("Compare models"), "/try")
        _Question(view, chat_of(view, chat), lambda: results.refresh())
        results = _Results(view)
        _Links(view)

    pages.add("/blind", "try", build)


class _Results:
    """How often the twin's answers were taken for the owner's."""

    def __init__(self, view: PageView) -> None:
        self._view = view
        self._part = card(view.say("Results"))
        self.refresh()

    def refresh(self) -> None:
        self._part.clear()
        counted = tallies(self._view.context.db)
        with self._part:
            heading(self._view.say("Results"), 2)
            if counted:
                table(self._view, N_("Results"), COLUMNS, self._rows(counted))
            ui.label(
                self._view.say(
                    "50% means that nobody can tell the twin from you. Both your answers and your "
                    "friends' count."
                )
            ).classes("own-faint")

    def _rows(self, counted: list[Tally]) -> Iterator[list[str]]:
        """Each adapter in all, then its chats; the newest adapter first."""
        names = self._view.adapter_names
        for adapter in dict.fromkeys(one.adapter for one in counted):
            mine, name = of_adapter(counted, adapter), names.of(adapter)
            yield self._row(name, self._view.say("all chats"), mine)
            for one in mine:
                chat = get_chat(self._view.context.db, one.chat_id)
                yield self._row(name, chat_in(self._view.language, chat), [one])

    def _row(self, adapter: str, chat: str, counted: list[Tally]) -> list[str]:
        score, percent = score_of(counted), self._view.language.percent
        interval = self._view.say(
            "{low} to {high}", low=percent(score.low), high=percent(score.high)
        )
        number = self._view.language.number(score.n)
        return [chat, percent(score.share), interval, number, adapter]


class _Question:
    """One pair after the other, of a chat or of any. `judged` is called after each."""

    def __init__(self, view: PageView, chat: Chat | None, judged: Callable[[], None]) -> None:
        self._view, self._chat, self._judged = view, chat, judged
        self._client = ui.context.client
        with card(view.say("Which answer is yours?")):
            ui.label(
                view.say(
                    "A message that the adapter has not learnt from, and two answers to it: the "
                    "one you sent, and the live adapter's. Choose yours."
                )
            ).classes("own-faint")
            self._shown = ui.element("div").classes("own-stack")
            self._status = StatusLine(view.language)
            self._begin = Button(view.say("Show a pair"), self._next).classes("own-strong")

    async def _next(self) -> None:
        """Show the next pair; the page may be gone when it is made."""
        say, test = self._view.say, self._view.context.blind
        self._begin.set_visibility(False)
        self._shown.clear()
        if test.adapter() is None:
            self._status.tell(say("No adapter is live, so there is nothing to compare."))
            return
        self._status.tell(say("The twin is writing its answer …"))
        with self._status.refusals():
            pair = await test.next_pair("owner", self._chat.id if self._chat else None)
            if self._client.id not in Client.instances:
                return
            self._status.tell("" if pair else say("There is no other pair at the moment."))
            if pair is not None:
                self._show(pair)

    def _show(self, pair: BlindPair) -> None:
        chat = get_chat(self._view.context.db, pair.chat_id)
        with self._shown:
            heading(chat_in(self._view.language, chat), 3).classes("own-text")
            for message in all_as_read((*pair.context, *pair.question)):
                self._message(message, chat)
            with ui.element("div").classes("trn-columns").props("role=group") as group:
                group.props["aria-label"] = self._view.say("Which answer is yours?")
                for place, answer in enumerate(pair.answers):
                    choose = Button(answer, partial(self._choose, pair, place))
                    choose.classes("trn-answer")
                    choose.name.classes("own-text").props("dir=auto")

    def _message(self, message: Message, chat: Chat) -> None:
        who = chat.name if message.origin == "peer" else self._view.say(WHO[message.origin])
        look = "trn-said trn-friend" if message.origin == "peer" else "trn-said"
        with ui.element("div").classes(look):
            ui.label(who).classes("own-faint own-text")
            ui.label(message.text).classes("own-text").props("dir=auto")

    async def _choose(self, pair: BlindPair, place: int) -> None:
        with self._status.refusals():
            self._view.context.actions.choose_answer(pair.id, place)
            self._judged()
        await self._next()


class _Links:
    """A link lets a friend judge pairs of their own chat."""

    def __init__(self, view: PageView) -> None:
        self._view = view
        say = view.say
        with card(say("Let a friend judge")):
            ui.label(
                say(
                    "Whoever has the link sees messages of that friend's chat, and nothing else. "
                    "A new link ends the one before it."
                )
            ).classes("own-faint")
            form = ui.element("form").classes("trn-form")
            form.on("submit", self._open, js_handler=_SUBMIT)
            with form:
                with ui.element("label"):
                    ui.label(say("Friend"))
                    with ui.element("select").classes("own-select").props("name=chat required"):
                        self._offer()
                submit(say("Create link"))
            self._status = StatusLine(view.language)
            self._list = ui.element("ul").classes("own-list")
        self._refresh()

    def _offer(self) -> None:
        page, _ = page_of_chats(self._view.context.db, limit=MOST_CHATS)
        for listed in page:
            if listed.kind == "direct":
                option(str(listed.id), chat_in(self._view.language, listed))

    def _refresh(self) -> None:
        context, say = self._view.context, self._view.say
        self._list.clear()
        with self._list:
            for token, chat in open_blind_links(context.db):
                name = chat_in(self._view.language, chat)
                with ui.element("li").classes("trn-list"):
                    heading(name, 3).classes("own-text")
                    FriendLink(self._view, context.blind_link(token))
                    with ui.element("div"):
                        end = Button(say("Disable link"), partial(self._close, chat))
                        end.props["aria-label"] = say("Disable link: {chat}", chat=name)

    def _open(self, event: GenericEventArguments) -> None:
        with self._status.refusals():
            chat = chat_of(self._view, row_number(str(event.args)))
            if chat is not None:
                self._view.context.actions.open_blind_link(chat.id)
                self._status.tell(self._view.say("Link created: {chat}", chat=chat.name))
        self._refresh()

    async def _close(self, chat: Chat) -> None:
        say = self._view.say
        question = say("Disable the link of {chat}?", chat=chat.name)
        meaning = say("Nobody can judge with it any more. What was judged is kept.")
        if await confirmed(self._view, question, say("Disable link"), meaning):
            with self._status.refusals():
                self._view.context.actions.revoke_blind_links(chat.id)
                self._status.tell(say("Link disabled."))
            self._refresh()

"""Playground: base model, live adapter and any other answer the same message side by side."""

from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.client import Client

from storage.adapters import kept_adapters, live_adapter
from storage.chats import Chat, get_chat
from storage.errors import TwinError
from storage.listings import page_of_chats
from twin.connectors.web import CONNECTOR as FRIENDS_PAGE
from twin.dashboard.context import DashboardContext
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.static import STATIC
from twin.dashboard.widgets.controls import StatusLine, search_field
from twin.dashboard.widgets.layout import Button, card, heading, link, option
from twin.dashboard.wording import error_in
from twin.playground import BASE, LIVE, ComparedAnswer, ComparedModel, Playground, SideBySide

SHOWN = 8
STYLE = (STATIC / "training.css").read_text(encoding="utf-8")
# Enter sends, but not the one that ends the writing of a Chinese word.
ENTER = """(event) => {
  if (event.shiftKey || event.isComposing) return;
  event.preventDefault();
  emit();
}"""


def chat_of(view: PageView, number: int | None) -> Chat | None:
    """None also for one that was forgotten since the page showed it."""
    try:
        return None if number is None else get_chat(view.context.db, number)
    except TwinError:
        return None


class FriendCard:
    """`changed` is called when another friend, or their past, is chosen."""

    def __init__(self, view: PageView, chat: Chat | None, changed: Callable[[], None]) -> None:
        self._view, self._changed = view, changed
        self.chat, self.with_past = chat, False
        self._offers: dict[int | None, ui.element] = {}
        with card():
            with ui.element("div").props("role=status"):
                self._who = ui.label().classes("own-state own-good own-text")
                self._note = ui.label().classes("own-faint own-text")
            with ui.element("div").classes("trn-form"):
                with ui.element("label"):
                    ui.label(view.say("Search by name"))
                    search_field(self._search)
                with ui.element("label").classes("trn-check") as self._past:
                    past = ui.element("input").props("type=checkbox")
                    past.on("change", self._take_past, js_handler="(e) => emit(e.target.checked)")
                    ui.label(view.say("Continue the last conversation of this chat"))
            self._found = ui.element("div").classes("own-row").props("role=group")
            self._found.props["aria-label"] = view.say("Choose a friend")
        self._show()
        self._search("")

    def _search(self, name: str) -> None:
        chats, _ = page_of_chats(self._view.context.db, search=name.strip(), limit=SHOWN)
        self._found.clear()
        self._offers.clear()
        with self._found:
            self._offer(self._view.say("Someone new"), None)
            for chat in chats:
                self._offer(chat.name, chat.id)
            if not chats:
                ui.label(self._view.say("No chat with that name.")).classes("own-faint")
        self._mark()

    def _offer(self, name: str, number: int | None) -> None:
        choice = Button(name, partial(self._take, number)).classes("trn-name")
        choice.props["aria-pressed"] = "false"
        self._offers[number] = choice

    def _mark(self) -> None:
        chosen = self.chat.id if self.chat else None
        for number, choice in self._offers.items():
            choice.props["aria-pressed"] = "true" if number == chosen else "false"

    def _take(self, number: int | None) -> None:
        self.chat = chat_of(self._view, number)
        self._show()
        self._mark()
        self._changed()

    def _take_past(self, event: Any) -> None:
        self.with_past = bool(event.args)
        self._changed()

    def _show(self) -> None:
        say, chat = self._view.say, self.chat
        self._who.text = (
            say("You write as {name}", name=chat.name) if chat else say("You write as someone new")
        )
        self._note.text = (
            say("The twin knows: {note}", note=chat.note) if chat and chat.note else ""
        )
        self._past.set_visibility(chat is not None)


def add(pages: Pages) -> None:
    context = pages.context
    playground = Playground(context.config, context.db, context.engine)

    def build(view: PageView, chat: int | None = None) -> None:
        ui.add_head_html(f"<style>{STYLE}</style>")
        _PlaygroundPage(view, playground, chat_of(view, chat))

    pages.add("/try", "try", build)


def _name_of_live(context: DashboardContext) -> str | None:
    """None is the base model."""
    try:
        return context.engine.adapter
    except TwinError:  # the model is being loaded
        adapter = live_adapter(context.db)
        return adapter.name if adapter else None


class _Column:
    """One model and the conversation with it."""

    def __init__(self, view: PageView, name: str) -> None:
        self._view, self.name = view, name
        with ui.element("section").classes("own-card") as self.card:
            self.card.props["aria-label"] = view.say("Conversation with {name}", name=name)
            heading(name, 2).classes("own-begins")
            self._said = ui.element("div").classes("trn-list").props("role=log")

    def clear(self) -> None:
        self._said.clear()

    def show_question(self, text: str) -> None:
        with self._said:
            ui.label(text).classes("trn-said trn-friend own-text").props("dir=auto")

    def show_answer(self, answer: ComparedAnswer) -> None:
        say, reply = self._view.say, answer.reply
        with self._said, ui.element("div"):
            ui.label(reply.text or say("(empty)")).classes("trn-said own-text").props("dir=auto")
            ui.label(" · ".join(self._figures(answer))).classes("own-faint")
            if answer.held_back is not None:
                ui.label(
                    say("The bot would not send this: {reason}", reason=answer.held_back)
                ).classes("own-state own-warn")

    def show_error(self, text: str) -> None:
        with self._said:
            ui.label(text).classes("own-alert")

    def _figures(self, answer: ComparedAnswer) -> list[str]:
        say, number = self._view.say, self._view.language.number
        speed = answer.tokens_per_second
        parts = [
            self._view.say_n("{n} token", "{n} tokens", answer.reply.tokens),
            say("{n} s", n=number(answer.reply.seconds, 1)),
        ]
        if speed is not None:
            parts.append(say("{speed} tokens/s", speed=number(speed, 1)))
        parts.append(say("{seconds} s in total", seconds=number(answer.waited_s, 1)))
        return parts if answer.reply.stopped else [*parts, say("cut off at the limit")]


class _PlaygroundPage:
    """The page in one browser."""

    def __init__(self, view: PageView, playground: Playground, chat: Chat | None) -> None:
        self._view, self._playground = view, playground
        self._client = ui.context.client
        self._asking = False
        self._longest = FRIENDS_PAGE.of(view.context.config).max_chars
        playground.enter()
        self._client.on_delete(playground.leave)
        link(view.say("Blind test: which answer is yours?"), "/blind")
        self._friend = FriendCard(view, chat, self._begin)
        self._adapters = {
            a.name: a for a in kept_adapters(view.context.db) if a.forgotten_at is None
        }
        self._names = view.adapter_names
        self._choose()
        with ui.element("div").classes("trn-columns") as self._grid:
            live = _name_of_live(view.context)
            called = self._names.of(live) if live else ""
            self._columns = {
                BASE: _Column(view, view.say("Base model")),
                LIVE: _Column(
                    view,
                    view.say("Live: {name}", name=called) if live else view.say("Live: base model"),
                ),
            }
        self._compose()
        self._begin()

    def _choose(self) -> None:
        say = self._view.say
        with card(), ui.element("div").classes("trn-form"), ui.element("label"):
            ui.label(say("Compare with"))
            choice = ui.element("select").classes("own-select")
            with choice:
                option("", say("nothing else"))
                for name in self._adapters:
                    option(name, self._names.of(name))
            choice.on(
                "change",
                lambda event: self._take(str(event.args)),
                js_handler="(event) => emit(event.target.value)",
            )
            ui.label(
                say(
                    "Only one model besides the live one is kept in memory, so switching takes "
                    "time to load. It is unloaded when you leave this page."
                )
            ).classes("own-faint")

    def _compose(self) -> None:
        say = self._view.say
        with card(), ui.element("div").classes("trn-list"):
            self._text = ui.textarea(say("Message from the friend")).props(
                "outlined autogrow rows=2"
            )
            self._text.props["maxlength"] = self._longest
            self._text.on("keydown.enter", self._send, js_handler=ENTER)
            with ui.element("div").classes("own-row"):
                self._ask = Button(say("Send"), self._send).classes("own-strong")
                Button(say("Start over"), self._begin)
            promise = say(
                "Nothing here is logged, learnt or sent. Friends waiting for an answer come first."
            )
            self._status = StatusLine(self._view.language, promise, look="own-faint")

    def _take(self, name: str) -> None:
        """Another adapter, or none, in the third place."""
        for who in [who for who in self._columns if who.adapter is not None]:
            self._columns.pop(who).card.delete()
        if name in self._adapters:
            with self._grid:
                self._columns[ComparedModel(adapter=self._adapters[name])] = _Column(
                    self._view, self._names.of(name)
                )
        self._begin()

    def _begin(self) -> None:
        """Start the conversations over."""
        self._trial = SideBySide(
            self._playground, self._friend.chat, with_past=self._friend.with_past
        )
        for column in self._columns.values():
            column.clear()

    async def _send(self) -> None:
        text = (self._text.value or "").strip()[: self._longest]
        if not text or self._asking:
            return
        self._text.value = ""
        self._set_asking(True)
        trial, columns = self._trial, dict(self._columns)
        for column in columns.values():
            column.show_question(text)
        for who in trial.in_order(list(columns)):
            column = columns[who]
            self._status.tell(self._view.say("Answering: {name} …", name=column.name))
            try:
                answer = await trial.ask(who, text)
            except TwinError as error:
                if self._is_current(trial, who):
                    column.show_error(error_in(self._view.language, error))
            else:
                if self._is_current(trial, who):
                    column.show_answer(answer)
            if self._client.id not in Client.instances or trial is not self._trial:
                break
        if self._client.id in Client.instances:
            self._status.tell(self._view.say("Done."))
            self._set_asking(False)
        self._playground.tidy()

    def _is_current(self, trial: SideBySide, who: ComparedModel) -> bool:
        """Whether the page is still open, and its conversation not started over."""
        here = self._client.id in Client.instances
        return here and trial is self._trial and who in self._columns

    def _set_asking(self, asking: bool) -> None:
        self._asking = asking
        self._ask.props["disabled"] = asking

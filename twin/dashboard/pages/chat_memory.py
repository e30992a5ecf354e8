"""Parts of a chat's page: what is known of the friend, and what the twin would be shown."""

import asyncio
from collections.abc import Mapping, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments
from sqlite_utils import Database

from storage.chats import Chat
from storage.database import reading
from storage.fact_lists import facts_by_standing
from storage.messages import chats_of_messages
from storage.people import chats_of_person
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.fact_parts import FactParts, Found, Part
from twin.dashboard.pages.remembered import address_of
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import card, link, submit
from twin.language import N_
from twin.memory.line import Line, LineKind
from twin.memory.lookup import look_up

LONGEST_QUESTION = 500
_SUBMIT = "(event) => { event.preventDefault(); emit(event.target.elements.question.value); }"
_KINDS: Mapping[LineKind, str] = {
    "passage": N_("from the chat"),
    "owner": N_("about you"),
    "friend": N_("about the friend"),
    "plan": N_("a plan"),
}
_PARTS = (
    Part(N_("Known: {n}"), "kept", N_("Nothing yet."), per_page=5),
    Part(N_("No longer true: {n}"), "over", folded=True, per_page=5),
    Part(N_("Rejected: {n}"), "rejected", folded=True, per_page=5),
)


class FriendFacts:
    """What the friend's own messages say of them, in all chats with them."""

    def __init__(self, view: PageView, chat: Chat, status: StatusLine) -> None:
        self._view, self._chat = view, chat
        with card(view.say("What the twin knows of this friend")):
            ui.label(
                view.say(
                    "Found in the friend's own messages, and known in the chats with them alone."
                )
            ).classes("own-faint")
            facts = FactParts(view, status, self._find, _PARTS, lambda: ui.element("div"))
        ui.timer(0, facts.load, once=True)

    def _find(self, db: Database) -> Found:
        chats = chats_of_person(db, self._chat.id)
        return facts_by_standing(db, "friend", now=self._view.context.clock.now(), chats=chats)


class ShownLines:
    """A field for a question, and the lines of the memory that the twin would be shown for it."""

    def __init__(self, view: PageView, chat: Chat) -> None:
        self._view, self._chat, say = view, chat, view.say
        with card(say("What would it be shown?")):
            if not view.context.config.memory.enabled:
                ui.label(say("Memory is off: the twin is shown nothing of earlier.")).classes(
                    "own-faint"
                )
                link(say("Memory"), "/memory")
                return
            ui.label(
                say("Write what the friend might ask, to see what the twin finds in its memory.")
            ).classes("own-faint")
            with ui.element("form").classes("chat-form") as form:
                form.on("submit", self._ask, js_handler=_SUBMIT)
                field = ui.element("input").props("name=question autocomplete=off required")
                field.props["maxlength"] = LONGEST_QUESTION
                field.props["aria-label"] = field.props["placeholder"] = say("A question")
                submit(say("Look up"))
            with ui.element("div").props("aria-live=polite").classes("own-stack"):
                self._told = ui.label().classes("own-faint")
                self._lines = ui.element("ul").classes("own-list")

    async def _ask(self, event: GenericEventArguments) -> None:
        say = self._view.say
        self._told.text = say("Looking …")
        lines, chats = await asyncio.to_thread(self._look_up, str(event.args)[:LONGEST_QUESTION])
        none = say("Nothing: it answers from the conversation.")
        self._told.text = say("The twin would be shown:") if lines else none
        self._lines.clear()
        with self._lines:
            for line in lines:
                with ui.element("li"):
                    self._line(line, chats)

    def _look_up(self, question: str) -> tuple[Sequence[Line], Mapping[int, int]]:
        """The lines, and the chats of their messages."""
        context = self._view.context
        with reading(context.config.database) as db:
            lines = look_up(
                db,
                context.config,
                self._chat.id,
                question,
                before=context.clock.now(),
            )
            chats = chats_of_messages(db, (one for line in lines for one in line.messages))
        return lines, chats

    def _line(self, line: Line, chats: Mapping[int, int]) -> None:
        ui.label(line.text).classes("own-text own-quote").props("dir=auto")
        day = self._view.day(line.said_at)
        with ui.element("div").classes("own-faint fact-source"):
            ui.label(self._view.say(_KINDS[line.kind]))
            first = next((one for one in line.messages if one in chats), None)
            if first is None:
                ui.label(day)
            else:
                link(day, address_of(chats[first], first))

"""Settings of one chat: pause, note, the friend's link, and forgetting it."""

import asyncio
from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.chats import Chat
from storage.errors import TwinError
from storage.invites import PLATFORM, invites_of
from storage.preferences import FOREVER
from storage.values import storable
from twin.dashboard.context import ForgetResult
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.chat_consent import ConsentCard
from twin.dashboard.pages.chat_memory import FriendFacts, ShownLines
from twin.dashboard.pages.chat_person import PersonCard
from twin.dashboard.widgets.controls import FriendLink, StatusLine, confirmed
from twin.dashboard.widgets.layout import Button, card, submit

LONGEST_NOTE = 2_000
HOUR_MINUTES = 60
PLACE = "chat-settings"  # on the page
_SUBMIT = "(event) => { event.preventDefault(); emit(event.target.elements.note.value); }"


class ChatSettings:
    """`changed` is called after each act, `forgotten` with what there is to tell of the chat."""

    def __init__(
        self,
        view: PageView,
        chat: Chat,
        status: StatusLine,
        changed: Callable[[], None],
        forgotten: Callable[[list[str]], None],
    ) -> None:
        self._view, self._chat, self._status = view, chat, status
        self._changed, self._forgotten = changed, forgotten
        self._links: list[str] | None = None
        with ui.element("div").classes("chat-side").props(f"id={PLACE}"):
            self._parts: list[ConsentCard | PersonCard] = []
            if chat.kind != "self":
                self._pause_part()
                self._note_part()
                if chat.kind == "direct":
                    FriendFacts(view, chat, status)
                ShownLines(view, chat)
                if chat.kind == "direct":
                    self._parts.append(PersonCard(view, chat, status, changed))
                self._parts.append(ConsentCard(view, chat, status, changed))
            if chat.platform == PLATFORM:
                self._link_part()
            self._forget_part()

    def show(self, chat: Chat) -> None:
        """The chat as it is now."""
        self._chat, say = chat, self._view.say
        if chat.kind != "self":
            until = chat.paused_until
            is_paused = until is not None and until > self._view.context.clock.now()
            if not is_paused or until is None:
                self._state.text = say("Active")
            elif until >= FOREVER:
                self._state.text = say("Paused")
            else:
                self._state.text = say("Paused until {time}", time=self._view.when(until))
            self._resume.set_visibility(is_paused)
        if chat.platform == PLATFORM:
            self._show_links()
        for part in self._parts:
            part.refresh()

    def _pause_part(self) -> None:
        say = self._view.say
        with card(say("Twin in this chat")):
            self._state = ui.label()
            with ui.element("div").classes("own-row"):
                Button(say("Pause for an hour"), lambda: self._pause(HOUR_MINUTES))
                Button(say("Pause"), lambda: self._pause(None))
                self._resume = Button(say("Resume"), self._resume_chat)

    def _pause(self, minutes: int | None) -> None:
        self._view.context.actions.pause_chat(self._chat.id, minutes)
        self._status.tell(self._view.say("The twin is paused in this chat."))
        self._changed()

    def _resume_chat(self) -> None:
        self._view.context.actions.resume_chat(self._chat.id)
        self._status.tell(self._view.say("The twin is active in this chat again."))
        self._changed()

    def _note_part(self) -> None:
        say = self._view.say
        with (
            card(say("What the twin should know about this friend")),
            ui.element("form").classes("chat-form") as form,
        ):
            form.on("submit", self._save_note, js_handler=_SUBMIT)
            field = ui.element("textarea").classes("own-field").props("name=note rows=3")
            field.props["maxlength"] = LONGEST_NOTE
            field.props["aria-label"] = say("What the twin should know about this friend")
            field.props["placeholder"] = say("my sister; we joke a lot")
            # Not `value`: each refresh of the page would take back what is being typed.
            field.props["defaultValue"] = self._chat.note or ""
            submit(say("Save"))

    def _save_note(self, event: GenericEventArguments) -> None:
        note = storable(str(event.args))[:LONGEST_NOTE].strip()
        self._view.context.actions.set_note(self._chat.id, note)
        self._status.tell(self._view.say("Note saved."))

    def _link_part(self) -> None:
        say = self._view.say
        with card(say("Friend's page")):
            self._shown_links = ui.element("div")
            with ui.element("div").classes("own-row"):
                Button(say("Replace link"), self._renew)
                self._revoke = Button(say("Disable link"), self._end_links)

    def _show_links(self) -> None:
        context = self._view.context
        links = invites_of(context.db, self._chat.id)
        if links == self._links:
            return
        self._links = links
        self._revoke.set_visibility(bool(links))
        self._shown_links.clear()
        with self._shown_links:
            for token in links:
                FriendLink(self._view, context.link(token))
            if not links:
                ui.label(self._view.say("There is no active link.")).classes("own-faint")

    async def _renew(self) -> None:
        say, name = self._view.say, self._chat.name
        question = say("Replace the link of {chat}?", chat=name)
        if self._links and not await confirmed(
            self._view,
            question,
            say("Replace link"),
            say("Links you sent before will stop working. The chat is kept."),
        ):
            return
        try:
            self._view.context.actions.renew_invite(self._chat)
        except TwinError as error:
            self._status.refuse(error)
            return
        self._status.tell(say("Link replaced. Old links no longer work."))
        self._changed()

    async def _end_links(self) -> None:
        say, name = self._view.say, self._chat.name
        question, meaning = (
            say("Disable the link of {chat}?", chat=name),
            say(
                "{chat} can't write on the web page until you create a new link. The chat is kept.",
                chat=name,
            ),
        )
        if await confirmed(self._view, question, say("Disable link"), meaning):
            count = self._view.context.actions.revoke_invites(self._chat.id)
            self._status.tell(say("Links disabled: {count}", count=count))
            self._changed()

    def _forget_part(self) -> None:
        say = self._view.say
        with card(say("Forget this chat")):
            ui.label(
                say(
                    "Deletes its messages, files, drafts and reports. The next training run won't "
                    "include it."
                )
            ).classes("own-faint")
            with ui.element("div").classes("own-row"):
                self._forget_button = Button(say("Forget permanently"), self._forget)
                self._forget_button.classes("own-danger")

    async def _forget(self) -> None:
        say, chat = self._view.say, self._chat
        question = say("Forget {chat} and delete everything in it?", chat=chat.name)
        if not await confirmed(
            self._view,
            question,
            say("Forget permanently"),
            say(
                "Deletes its messages, files, drafts and reports. The next training run won't "
                "include it."
            ),
        ):
            return
        self._forget_button.props["disabled"] = True
        self._status.tell(say("Forgetting … This may take a while."))
        try:
            done = await asyncio.to_thread(self._view.context.forget, chat.id)
        except TwinError as error:
            self._forget_button.props["disabled"] = False
            self._status.refuse(error)
            return
        lines = self._told(chat, done)
        self._status.tell(lines[0])
        self._forgotten(lines[1:])

    def _told(self, chat: Chat, done: ForgetResult) -> list[str]:
        say, gone = self._view.say, done.gone
        lines = [
            say(
                "{chat} is forgotten. Deleted messages: {messages}, files: {media}, "
                "contacts: {contacts}.",
                chat=chat.name,
                messages=gone.messages,
                media=gone.media,
                contacts=gone.contacts,
            )
        ]
        if gone.adapters:
            lines.append(
                say(
                    "Adapters that learnt from it: {names}. The next training run replaces the "
                    "live one.",
                    names=self._view.adapter_names.listed(gone.adapters),
                )
            )
        return lines + [say("Could not be deleted yet: {what}", what=line) for line in done.remains]

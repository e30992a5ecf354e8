"""Part of a chat's page: whether it is learnt from, who agreed to it, and withdrawing that."""

import asyncio
from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.chats import Chat
from storage.consent import LONGEST_NAME, Consent, consent_of
from storage.errors import TwinError
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import StatusLine, confirmed
from twin.dashboard.widgets.layout import Button, card, submit
from twin.privacy.learning import asks_for_consent

_SUBMIT = "(event) => { event.preventDefault(); emit(event.target.elements.by.value); }"


class ConsentCard:
    """`changed` is called after each act."""

    def __init__(
        self, view: PageView, chat: Chat, status: StatusLine, changed: Callable[[], None]
    ) -> None:
        self._view, self._chat, self._status, self._changed = view, chat, status, changed
        say = view.say
        self._asks = asks_for_consent(view.context.db, view.context.config, chat.id)
        with card(say("Learning from this chat")):
            self._state = ui.label().classes("own-text")
            self._form = ui.element("form").classes("chat-form")
            self._form.on("submit", self._record, js_handler=_SUBMIT)
            with self._form:
                with ui.element("label").props("for=consent-by"):
                    ui.label(say("Who agreed")).classes("own-key")
                field = ui.element("input").props("name=by id=consent-by autocomplete=off required")
                field.props["maxlength"] = LONGEST_NAME
                field.props["defaultValue"] = chat.name if chat.kind == "direct" else ""
                submit(say("Record consent"))
            self._learnt = ui.element("div").classes("own-row")
            with self._learnt:
                self._end = Button(say("Do not learn from it"), self._withdraw)
        self.refresh()

    def refresh(self) -> None:
        """As it is recorded now."""
        consent = consent_of(self._view.context.db, self._chat.id)
        is_learnt = consent.agreed if consent else not self._asks
        self._state.text = self._words(consent)
        self._form.set_visibility(not is_learnt)
        self._learnt.set_visibility(is_learnt)

    def _words(self, consent: Consent | None) -> str:
        say = self._view.say
        if consent is None and self._asks:
            return say(
                "Answered, but not learnt from: the platform's rules ask for the consent of "
                "everyone in the chat. Record it once you have it."
            )
        if consent is None:
            return say("Learnt from. This platform's rules ask for nobody's consent.")
        values = {"name": consent.by, "time": self._view.when(consent.at)}
        if consent.agreed:
            return say("Learnt from: you recorded on {time} that {name} agreed.", **values)
        return say("Not learnt from: {name} did not agree, as you recorded on {time}.", **values)

    async def _record(self, event: GenericEventArguments) -> None:
        say, name = self._view.say, str(event.args).strip()
        if not await confirmed(
            self._view,
            say("Has everyone in this chat agreed?"),
            say("Everyone agreed"),
            say("The next training run learns from the chat. What you say is kept with its date."),
            look="own-strong",
        ):
            return
        with self._status.refusals():
            self._view.context.actions.record_consent(self._chat.id, name)
            self._status.tell(say("Consent recorded."))
            self._changed()

    async def _withdraw(self) -> None:
        say = self._view.say
        if not await confirmed(
            self._view,
            say("Learn nothing from {chat} any more?", chat=self._chat.name),
            say("Do not learn from it"),
            say(
                "The messages stay. Adapters that learnt from the chat are replaced by the next "
                "training run, and reports are deleted."
            ),
        ):
            return
        self._end.props["disabled"] = True
        self._status.tell(say("Withdrawing … This may take a while."))
        try:
            done = await asyncio.to_thread(self._view.context.withdraw, self._chat.id, "")
        except TwinError as error:
            self._status.refuse(error)
            return
        finally:
            self._end.props["disabled"] = False
        names = self._view.adapter_names.listed(done.adapters) or say("none")
        lines = [say("Nothing is learnt from it now. Adapters that did: {names}.", names=names)]
        lines += [say("Could not be deleted yet: {what}", what=line) for line in done.remains]
        self._status.tell(" ".join(lines))
        self._changed()

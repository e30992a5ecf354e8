"""One sample, with the buttons that take it or its chat out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from nicegui import ui

from storage.chats import Chat, get_chat
from storage.errors import TwinError
from storage.exclusions import exclude_answer, include_answer
from twin.config import load_config
from twin.config_file import change
from twin.dashboard import samples_words as words
from twin.dashboard.confirm import confirmed
from twin.dashboard.error_words import error_in
from twin.dashboard.layout import Button, card
from twin.dashboard.reason_words import reason_in
from twin.dashboard.view import View
from twin.dashboard.words import Words
from twin.excluded_chats import is_excluded, without
from twin.samples import Sample
from twin.terminal import when

KEY = "privacy.excluded_chats"
LONG = 400  # characters from which a text may need scrolling


class SampleCard:
    """`others` are the cards of the page: excluding a chat changes all of its."""

    def __init__(
        self,
        view: View,
        number: int,
        sample: Sample,
        tell: Callable[[str], None],
        others: Sequence["SampleCard"],
    ) -> None:
        self._view, self._sample, self._tell, self._others = view, sample, tell, others
        with card() as box:
            box.props["id"] = f"sample-{number}"
            with ui.element("div").classes("own-spread"):
                ui.label(sample.chat[:200]).classes("own-key own-text").props("dir=auto")
                ui.label(when(sample.answered_at)).classes("own-faint")
            _text(view.say(words.FRIEND), sample.input or view.say(words.EMPTY), "")
            _text(view.say(words.YOU), sample.output, "own-mine")
            self._state = ui.label().classes("own-state own-text")
            with ui.element("div").classes("own-row"):
                self._one = Button("", self._turn)
                self._all = Button("", self._turn_chat)
        self._refresh()

    def _refresh(self) -> None:
        sample, say = self._sample, self._view.say
        reason = self._why_not()
        self._state.text = say(words.NOT_LEARNT, reason=reason) if reason else say(words.LEARNT)
        self._state.classes(remove="own-good own-warn", add="own-warn" if reason else "own-good")
        self._one.name.text = say(words.INCLUDE if sample.by_owner else words.EXCLUDE)
        self._all.name.text = say(words.INCLUDE_CHAT if self._chat_is_out() else words.EXCLUDE_CHAT)

    def _why_not(self) -> str | None:
        """Why it is not learnt, in the owner's language."""
        sample, language = self._sample, self._view.language
        if sample.by_owner and not sample.chat_out:
            return self._view.say(words.BY_OWNER)
        reason = sample.chat_out or sample.untaught
        if reason is None or language == "en":
            return reason
        return words.CHINESE_REASONS.get(reason) or reason_in(language, reason)

    def _chat_is_out(self) -> bool:
        try:
            chat = get_chat(self._view.house.db, self._sample.chat_id)
            excluded = load_config(self._view.house.config.path).privacy.excluded_chats
        except TwinError:
            return False
        return is_excluded(_names(chat), excluded)

    def _turn(self) -> None:
        sample, db = self._sample, self._view.house.db
        try:
            get_chat(db, sample.chat_id)  # it may have been forgotten meanwhile
        except TwinError as error:
            self._tell(error_in(self._view.language, error))
            return
        if sample.by_owner:
            include_answer(db, sample.chat_id, sample.answered_at)
            self._sample = replace(sample, by_owner=False, untaught=None)
        else:
            exclude_answer(db, sample.chat_id, sample.answered_at)
            untaught = self._view.say(words.BY_OWNER)
            self._sample = replace(sample, by_owner=True, untaught=untaught)
        self._say(words.INCLUDED if sample.by_owner else words.EXCLUDED)
        self._refresh()

    async def _turn_chat(self) -> None:
        house, chat_id = self._view.house, self._sample.chat_id
        try:
            was_out = self._chat_is_out()
            if not was_out and not await self._asked():
                return
            chat = get_chat(house.db, chat_id)
            excluded = load_config(house.config.path).privacy.excluded_chats
            kept = without(_names(chat), excluded)
            change(house.config.path, {KEY: kept if was_out else [*excluded, str(chat_id)]})
        except TwinError as error:
            self._tell(error_in(self._view.language, error))
            return
        for card_ in self._others:
            card_.chat_turned(chat_id, not was_out)
        self._say(words.CHAT_INCLUDED if was_out else words.CHAT_EXCLUDED)

    def chat_turned(self, chat_id: int, is_out: bool) -> None:
        """Show that the chat is out, or in again."""
        if self._sample.chat_id == chat_id:
            reason = self._view.say(words.BY_OWNER) if is_out else None
            self._sample = replace(self._sample, chat_out=reason)
            self._refresh()

    async def _asked(self) -> bool:
        say = self._view.say
        meaning = say(words.ASK, chat=self._sample.chat[:200])
        return await confirmed(self._view, say(words.EXCLUDE_CHAT), say(words.YES), meaning)

    def _say(self, text: Words) -> None:
        self._tell(self._view.say(text, chat=self._sample.chat[:200]))


def _names(chat: Chat) -> tuple[object, ...]:
    return chat.id, chat.external_id, chat.name


def _text(whose: str, text: str, look: str) -> None:
    said = ui.label(text).classes(f"own-text own-quote {look}").props("dir=auto role=group")
    said.props["aria-label"] = whose
    if len(text) > LONG or text.count("\n") > 5:
        said.props["tabindex"] = 0  # so that the keyboard can scroll it

"""Sample browser: search samples, and exclude one or its whole chat."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from nicegui import ui

from storage.chats import Chat, chat_names, get_chat
from storage.errors import TwinError
from storage.preferences import exclude_answer, include_answer
from storage.values import row_number
from twin.config.edit import change_value
from twin.config.file_lock import in_turn
from twin.config.load import load_config
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import StatusLine, confirmed
from twin.dashboard.widgets.layout import Button, card, link, option, submit
from twin.dashboard.wording import reason_in
from twin.interfaces import ListedSample, SamplePage
from twin.language import N_
from twin.privacy.excluded_chats import is_excluded, without_chat
from twin.privacy.learning import NO_CONSENT, WITHDRAWN

# Why an answer is not learnt, by the codes of training.dataset.
WHY_NOT: Mapping[str, str] = {
    "excluded by [privacy]": N_("excluded by the privacy settings"),
    NO_CONSENT: N_("not everyone in the chat is known to agree; see the chat's page"),
    WITHDRAWN: N_("somebody in the chat does not agree"),
    "official": N_("a chat with a company, bot or service, or your own notes"),
    "owner: spoke first": N_("you wrote first, so it answers nothing"),
    "answered by the twin: never learnt from": N_(
        "the twin wrote it, and it never learns from itself"
    ),
}

_INTRO = N_(
    "Each of your answers with the messages it answers, as the twin would learn it. Search for "
    "words, or choose a chat. The numbers in placeholders may differ. Rules that need all answers "
    "together (some of the settings under “Answers to learn from”, and the most to learn) are not "
    "applied here."
)
KEY = "privacy.excluded_chats"
LONG = 400  # characters from which a text may need scrolling
PATH = "/data/samples"
LONGEST_QUERY = 200
MOST_PAGES = 50  # a search gathers all hits up to the page


class SampleCard:
    """`others` are the cards of the page: excluding a chat changes all of its."""

    def __init__(
        self,
        view: PageView,
        number: int,
        sample: ListedSample,
        status: StatusLine,
        others: Sequence["SampleCard"],
    ) -> None:
        self._view, self._sample, self._status, self._others = view, sample, status, others
        with card() as box:
            box.props["id"] = f"sample-{number}"
            with ui.element("div").classes("own-spread"):
                ui.label(sample.chat[:200]).classes("own-key own-text").props("dir=auto")
                ui.label(view.when(sample.answered_at)).classes("own-faint")
            _text(view.say("Friend"), sample.input or view.say("(you wrote first)"), "")
            _text(view.say("You"), sample.output, "own-mine")
            self._state = ui.label().classes("own-state own-text")
            with ui.element("div").classes("own-row"):
                self._one = Button("", self._turn)
                self._all = Button("", self._turn_chat)
        self._refresh()

    def _refresh(self) -> None:
        sample, say = self._sample, self._view.say
        reason = self._why_not()
        self._state.text = say("Not learnt: {reason}", reason=reason) if reason else say("Learnt")
        self._state.classes(remove="own-good own-warn", add="own-warn" if reason else "own-good")
        self._one.name.text = say(
            N_("Include this answer") if sample.by_owner else N_("Exclude this answer")
        )
        self._all.name.text = say(
            N_("Include the whole chat") if self._chat_is_out() else N_("Exclude the whole chat")
        )

    def _why_not(self) -> str | None:
        """Why it is not learnt, in the owner's language."""
        sample, say = self._sample, self._view.say
        if sample.by_owner and not sample.chat_out:
            return say("you excluded it")
        reason = sample.chat_out or sample.untaught
        if reason is None:
            return None
        return say(WHY_NOT[reason]) if reason in WHY_NOT else reason_in(self._view.language, reason)

    def _chat_is_out(self) -> bool:
        try:
            chat = get_chat(self._view.context.db, self._sample.chat_id)
            excluded = load_config(self._view.context.config.path).privacy.excluded_chats
        except TwinError:
            return False
        return is_excluded(_names(chat), excluded)

    def _turn(self) -> None:
        sample, db = self._sample, self._view.context.db
        try:
            get_chat(db, sample.chat_id)  # it may have been forgotten meanwhile
        except TwinError as error:
            self._status.refuse(error)
            return
        if sample.by_owner:
            include_answer(db, sample.chat_id, sample.answered_at)
            self._sample = replace(sample, by_owner=False, untaught=None)
        else:
            exclude_answer(db, sample.chat_id, sample.answered_at)
            untaught = self._view.say("you excluded it")
            self._sample = replace(sample, by_owner=True, untaught=untaught)
        self._say(
            N_("Answer included from the next training run on.")
            if sample.by_owner
            else N_("Answer excluded from the next training run on.")
        )
        self._refresh()

    async def _turn_chat(self) -> None:
        context, chat_id = self._view.context, self._sample.chat_id
        try:
            was_out = self._chat_is_out()
            if not was_out and not await self._asked():
                return
            chat = get_chat(context.db, chat_id)
            names, added = _names(chat), [] if was_out else [str(chat_id)]
            await in_turn(
                lambda: change_value(
                    context.config.path,
                    KEY,
                    lambda now: [*without_chat(names, now.privacy.excluded_chats), *added],
                )
            )
        except TwinError as error:
            self._status.refuse(error)
            return
        for card_ in self._others:
            card_.chat_turned(chat_id, not was_out)
        self._say(
            N_("“{chat}” included from the next training run on.")
            if was_out
            else N_("“{chat}” excluded from the next training run on.")
        )

    def chat_turned(self, chat_id: int, is_out: bool) -> None:
        """Show that the chat is out, or in again."""
        if self._sample.chat_id == chat_id:
            reason = self._view.say("you excluded it") if is_out else None
            self._sample = replace(self._sample, chat_out=reason)
            self._refresh()

    async def _asked(self) -> bool:
        say = self._view.say
        meaning = say(
            "Exclude the chat “{chat}”? Nothing in it will be learnt from the next training run "
            "on. Adapters keep what they have already learnt.",
            chat=self._sample.chat[:200],
        )
        return await confirmed(self._view, say("Exclude the whole chat"), say("Exclude"), meaning)

    def _say(self, text: str) -> None:
        self._status.tell(self._view.say(text, chat=self._sample.chat[:200]))


def _names(chat: Chat) -> tuple[object, ...]:
    return chat.id, chat.external_id, chat.name


def _text(whose: str, text: str, look: str) -> None:
    said = ui.label(text).classes(f"own-text own-quote {look}").props("dir=auto role=group")
    said.props["aria-label"] = whose
    if len(text) > LONG or text.count("\n") > 5:
        said.props["tabindex"] = 0  # so that the keyboard can scroll it


def add_samples(pages: Pages) -> None:
    async def build(
        view: PageView, q: str = "", page: int = 0, chat: str = "", before: int | None = None
    ) -> None:
        link(view.say("Back to data"), "/data")
        query = q.strip()[:LONGEST_QUERY]
        number = row_number(chat)
        _form(view, query, number)
        status = StatusLine(view.language)
        if not query and number is None:
            status.tell(view.say(_INTRO))
            return
        status.tell(view.say("Searching …"))  # the page may be sent before it is found
        try:
            found = await _find(view, query, max(0, min(page, MOST_PAGES)), number, before)
        except TwinError as error:
            status.refuse(error)
            return
        _show(view, found, status)
        if found.following is not None and page < MOST_PAGES:
            following = {"before": found.following, "chat": number}
            if query:
                following = {"page": found.following, "q": query}  # type: ignore[dict-item]
            address = f"{PATH}?{urlencode(following)}"
            link(view.say("Older"), address).classes("own-button")

    pages.add(PATH, "data", build)


async def _find(
    view: PageView, query: str, page: int, chat: int | None, before: int | None
) -> SamplePage:
    samples = view.context.samples
    if samples is None:
        raise TwinError(view.say("Samples are not available here."))
    if query:
        return await asyncio.to_thread(samples.found, query, page)
    return await asyncio.to_thread(samples.of_chat, chat or 0, before)


def _show(view: PageView, found: SamplePage, status: StatusLine) -> None:
    status.tell("" if found.samples else view.say("Nothing found."))
    cards: list[SampleCard] = []
    for number, sample in enumerate(found.samples):
        cards.append(SampleCard(view, number, sample, status, cards))


def _form(view: PageView, query: str, chat: int | None) -> None:
    """A plain form: each search has an address of its own, so the browser can go back to it."""
    with card(), ui.element("form").classes("own-find") as form:
        form.props["method"], form.props["action"], form.props["role"] = "get", PATH, "search"
        with ui.element("div"):
            with ui.element("label").props("for=q"):
                ui.label(view.say("Search")).classes("own-key")
            field = ui.element("input").props("id=q name=q type=search")
            field.props["value"], field.props["maxlength"] = query, LONGEST_QUERY
        with ui.element("div"):
            with ui.element("label").props("for=chat"):
                ui.label(view.say("Or a whole chat")).classes("own-key")
            with ui.element("select").classes("own-select").props("id=chat name=chat"):
                option("", view.say("–"), chosen=chat is None)
                for number, name in chat_names(view.context.db):
                    option(str(number), name[:80], chosen=number == chat)
        submit(view.say("Show")).classes("own-strong")

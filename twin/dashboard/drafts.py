"""Drafts: what waits for the owner's word, by mouse and by keyboard."""

from functools import partial

from nicegui import ui

from storage.drafts import Draft, list_drafts
from storage.errors import TwinError
from twin.dashboard import drafts_words as words
from twin.dashboard.chat_style import add_style
from twin.dashboard.draft_card import BACK_KEYS, NEXT_KEYS, PREVIOUS_KEYS, SEND_KEYS, DraftCard
from twin.dashboard.layout import card
from twin.dashboard.live_list import LiveList
from twin.dashboard.pages import Pages
from twin.dashboard.said import Said
from twin.dashboard.view import View
from twin.dashboard.words import Words

REFRESH_S = 3.0
# So many are shown; the next ones follow when these are settled.
MOST = 50
# After one is settled its place is the next one's, and so is the focus.
_FOCUS = "(document.querySelectorAll('.draft')[{place}] || document.querySelector('#main')).focus()"


def add(pages: Pages) -> None:
    def build(view: View) -> None:
        _Drafts(view)

    pages.add("/drafts", "drafts", build)


class _Drafts:
    """The page in one browser."""

    def __init__(self, view: View) -> None:
        self._view, self._client = view, ui.context.client
        self._drafts: dict[int, Draft] = {}
        add_style()
        self._said = Said(view.language)
        self._none = ui.label(view.say(words.NONE)).classes("own-faint")
        drafts = ui.element("ul").classes("drafts")
        self._list: LiveList[int, Draft] = LiveList(drafts, self._card)
        self._keys()
        self._refresh()
        view.every(REFRESH_S, self._refresh)

    def _keys(self) -> None:
        say = self._view.say
        with card(say(words.KEYS)), ui.element("div").classes("draft-keys"):
            for keys, name in (
                (("A",), words.APPROVE),
                (("E",), words.EDIT),
                (("R",), words.REJECT),
                (NEXT_KEYS, words.NEXT),
                (PREVIOUS_KEYS, words.PREVIOUS),
                (SEND_KEYS, words.SEND_KEY),
                (BACK_KEYS, words.BACK_KEY),
            ):
                with ui.element("span").classes("own-row"):
                    for key in keys:
                        _key(key)
                    ui.label(say(name)).classes("own-faint")

    def _card(self, draft: Draft) -> DraftCard:
        return DraftCard(self._view, draft, partial(self._settle, draft))

    def _refresh(self) -> None:
        self._drafts = {draft.number: draft for draft in list_drafts(self._view.house.db)[:MOST]}
        self._list.show(self._drafts)
        self._none.set_visibility(not self._drafts)

    def _settle(self, draft: Draft, verb: str, text: str = "") -> None:
        """As `/twin` does, so that a draft goes the same way wherever the owner says so."""
        place = list(self._drafts).index(draft.number) if draft.number in self._drafts else 0
        if verb == "edit" and not text.strip():
            self._said.done(self._view.say(words.EMPTY))
            return
        try:
            self._view.house.order(f"{verb} {draft.number} {text}".strip())
        except TwinError:
            self._say(words.GONE, draft)
        else:
            done = {"approve": words.APPROVED, "edit": words.EDITED, "reject": words.REJECTED}
            self._say(done[verb], draft)
        self._refresh()
        self._client.run_javascript(_FOCUS.format(place=min(place, max(0, len(self._drafts) - 1))))

    def _say(self, said: Words, draft: Draft) -> None:
        self._said.done(self._view.say(said, number=draft.number, chat=draft.chat_name))


def _key(name: str) -> None:
    with ui.element("kbd"):
        ui.label(name)

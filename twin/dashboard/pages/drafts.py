"""Page of drafts: approve, edit or reject each, by mouse or keyboard."""

from collections.abc import Callable, Mapping
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.drafts import Draft, list_drafts
from storage.errors import TwinError
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.message_media import show_sticker
from twin.dashboard.pages.remembered import show_remembered
from twin.dashboard.widgets.controls import add_style, page_status
from twin.dashboard.widgets.device_offer import offer_devices
from twin.dashboard.widgets.layout import Button, card, heading, link, submit
from twin.dashboard.widgets.live_list import LiveList
from twin.language import N_

NEXT_KEYS, PREVIOUS_KEYS = ("J", "↓"), ("K", "↑")
SEND_KEYS, BACK_KEYS = ("Ctrl", "Enter"), ("Esc",)
LONGEST = 10_000
# A key presses the button that bears it; never while words are typed or with a modifier.
_KEYS = """(event) => {
  if (event.target.closest('textarea') || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase(), all = [...document.querySelectorAll('.draft')];
  const step = {j: 1, arrowdown: 1, k: -1, arrowup: -1}[key];
  const card = event.currentTarget;
  if (step) { event.preventDefault(); all[all.indexOf(card) + step]?.focus(); return; }
  if (!/^[aer]$/.test(key)) return;
  const button = card.querySelector('[data-key="' + key + '"]');
  if (button && button.offsetParent) { event.preventDefault(); button.click(); }
}"""
_FIELD_KEYS = """(event) => {
  if (event.isComposing) return;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault(); event.target.form.requestSubmit();
  } else if (event.key === 'Escape') {
    event.preventDefault(); event.target.form.querySelector('[type=button]').click();
  }
}"""
_SUBMIT = "(event) => { event.preventDefault(); emit(event.target.elements.words.value); }"
_FOCUS_ELEMENT = "getHtmlElement({id})?.focus()"
REFRESH_S = 3.0
# So many are shown; the next ones follow when these are settled.
MOST = 50
# After one is settled its place is the next one's, and so is the focus.
_FOCUS_NEXT_DRAFT = (
    "(document.querySelectorAll('.draft')[{place}] || document.querySelector('#main')).focus()"
)


class DraftCard:
    """`settle` is called with approve, reject, or edit and the words. A draft never changes."""

    def __init__(self, view: PageView, draft: Draft, settle: Callable[..., None]) -> None:
        self._view, self._draft, self._settle = view, draft, settle
        say = view.say
        self.element = ui.element("li").classes("own-card draft").props("tabindex=0")
        self.element.props["aria-label"] = say("{chat} wrote", chat=draft.chat_name)
        self.element.on("keydown", js_handler=_KEYS)
        with self.element:
            with ui.element("div"):
                heading(say("{chat} wrote", chat=draft.chat_name), 2).classes("own-text")
                made = say(
                    "Draft {number} · {time}", number=draft.number, time=view.when(draft.created_at)
                )
                link(made, f"/chats/{draft.chat_id}").classes("own-faint")
            self._said("chat-peer", [draft.asked])
            ui.label(say("The twin would reply")).classes("own-faint")
            self._said("chat-twin", draft.lines, draft.stickers)
            show_remembered(view, draft.memory)
            self._buttons = ui.element("div").classes("own-row")
            with self._buttons:
                self._button("a", say("Approve"), lambda: settle("approve"), "own-strong")
                self._button("e", say("Edit"), self._begin)
                self._button("r", say("Reject"), lambda: settle("reject"))
            self._editor = ui.element("form").classes("chat-form")
            self._editor.on("submit", self._send, js_handler=_SUBMIT)
            self._editor.set_visibility(False)

    def update(self, item: Draft) -> None:
        self._draft = item

    def _said(self, look: str, lines: list[str], stickers: Mapping[int, int] | None = None) -> None:
        with ui.element("div").classes("draft-said").props("tabindex=-1"):
            for place, line in enumerate(lines):
                with ui.element("div").classes(f"chat-bubble {look}"):
                    if stickers and place in stickers:
                        show_sticker(self._view, stickers[place])
                    else:
                        ui.label(line).classes("own-text")

    def _button(self, key: str, name: str, act: Callable[[], object], look: str = "") -> None:
        element = Button(name, act).classes(look)
        element.props["data-key"] = key
        element.props["aria-keyshortcuts"] = key.upper()
        with element, ui.element("kbd").props("aria-hidden=true"):
            ui.label(key.upper())

    def _begin(self) -> None:
        """Show a field with the twin's reply, a new one each time."""
        say = self._view.say
        self._editor.clear()
        with self._editor:
            field = ui.element("textarea").classes("own-field").props("name=words rows=4")
            field.props["maxlength"] = LONGEST
            field.props["aria-label"] = say("Your reply; each line becomes a message")
            field.props["defaultValue"] = "\n".join(self._draft.lines)
            field.on("keydown", js_handler=_FIELD_KEYS)
            ui.label(say("Your reply; each line becomes a message")).classes("own-faint")
            with ui.element("div").classes("own-row"):
                submit(say("Send my reply")).classes("own-strong")
                Button(say("Cancel"), self._end)
        self._show_editor(True)
        ui.run_javascript(_FOCUS_ELEMENT.format(id=field.id))

    def _end(self) -> None:
        self._show_editor(False)
        ui.run_javascript(_FOCUS_ELEMENT.format(id=self.element.id))

    def _show_editor(self, on: bool) -> None:
        self._editor.set_visibility(on)
        self._buttons.set_visibility(not on)

    def _send(self, event: GenericEventArguments) -> None:
        self._settle("edit", str(event.args)[:LONGEST])


def add(pages: Pages) -> None:
    def build(view: PageView) -> None:
        _Drafts(view)

    pages.add("/drafts", "drafts", build)


class _Drafts:
    """The page in one browser."""

    def __init__(self, view: PageView) -> None:
        self._view, self._client = view, ui.context.client
        self._drafts: dict[int, Draft] = {}
        add_style()
        self._status = page_status(view)
        self._none = ui.label(view.say("No drafts waiting.")).classes("own-faint")
        drafts = ui.element("ul").classes("drafts")
        self._list: LiveList[int, Draft] = LiveList(drafts, self._card)
        self._keys()
        offer_devices(view)
        self._refresh()
        view.every(REFRESH_S, self._refresh)

    def _keys(self) -> None:
        say = self._view.say
        with card(say("Keyboard shortcuts")), ui.element("div").classes("draft-keys"):
            for keys, name in (
                (("A",), N_("Approve")),
                (("E",), N_("Edit")),
                (("R",), N_("Reject")),
                (NEXT_KEYS, N_("next draft")),
                (PREVIOUS_KEYS, N_("previous draft")),
                (SEND_KEYS, N_("send your reply")),
                (BACK_KEYS, N_("stop editing")),
            ):
                with ui.element("span").classes("own-row"):
                    for key in keys:
                        _key(key)
                    ui.label(say(name)).classes("own-faint")

    def _card(self, draft: Draft) -> DraftCard:
        return DraftCard(self._view, draft, partial(self._settle, draft))

    def _refresh(self) -> None:
        self._drafts = {draft.number: draft for draft in list_drafts(self._view.context.db)[:MOST]}
        self._list.show(self._drafts)
        self._none.set_visibility(not self._drafts)

    def _settle(self, draft: Draft, verb: str, text: str = "") -> None:
        place = list(self._drafts).index(draft.number) if draft.number in self._drafts else 0
        if verb == "edit" and not text.strip():
            self._status.tell(self._view.say("Write a reply, or reject the draft."))
            return
        try:
            self._decide(draft.number, verb, text)
        except TwinError:
            self._say(N_("Draft {number} has already been handled."), draft)
        else:
            done = {
                "approve": N_("Draft {number} to {chat} is being sent."),
                "edit": N_("Your reply to {chat} is being sent instead of draft {number}."),
                "reject": N_("Draft {number} to {chat} was rejected."),
            }
            self._say(done[verb], draft)
        self._refresh()
        self._client.run_javascript(
            _FOCUS_NEXT_DRAFT.format(place=min(place, max(0, len(self._drafts) - 1)))
        )

    def _decide(self, number: int, verb: str, text: str) -> None:
        actions = self._view.context.actions
        match verb:
            case "approve":
                actions.approve_draft(number)
            case "edit":
                actions.edit_draft(number, text)
            case "reject":
                actions.reject_draft(number)

    def _say(self, said: str, draft: Draft) -> None:
        self._status.tell(self._view.say(said, number=draft.number, chat=draft.chat_name))


def _key(name: str) -> None:
    with ui.element("kbd"):
        ui.label(name)

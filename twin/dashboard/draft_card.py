"""One draft: what was asked, what would be said, and the owner's word on it."""

from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.drafts import Draft
from twin.dashboard import drafts_words as words
from twin.dashboard.layout import Button, heading, link, submit
from twin.dashboard.view import View
from twin.terminal import when

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
_FOCUS = "getHtmlElement({id})?.focus()"


class DraftCard:
    """`settle` is called with approve, reject, or edit and the words. A draft never changes."""

    def __init__(self, view: View, draft: Draft, settle: Callable[..., None]) -> None:
        self._view, self._draft, self._settle = view, draft, settle
        say = view.say
        self.element = ui.element("li").classes("own-card draft").props("tabindex=0")
        self.element.props["aria-label"] = say(words.ASKED, chat=draft.chat_name)
        self.element.on("keydown", js_handler=_KEYS)
        with self.element:
            with ui.element("div"):
                heading(say(words.ASKED, chat=draft.chat_name), 2).classes("own-text")
                made = say(words.MADE, number=draft.number, time=when(draft.created_at))
                link(made, f"/chats/{draft.chat_id}").classes("own-faint")
            self._said("chat-peer", [draft.asked])
            ui.label(say(words.WOULD_SAY)).classes("own-faint")
            self._said("chat-twin", draft.lines)
            self._buttons = ui.element("div").classes("own-row")
            with self._buttons:
                self._button("a", say(words.APPROVE), lambda: settle("approve"), "own-strong")
                self._button("e", say(words.EDIT), self._begin)
                self._button("r", say(words.REJECT), lambda: settle("reject"))
            self._editor = ui.element("form").classes("chat-form")
            self._editor.on("submit", self._send, js_handler=_SUBMIT)
            self._editor.set_visibility(False)

    def update(self, item: Draft) -> None:
        self._draft = item

    def _said(self, look: str, lines: list[str]) -> None:
        with ui.element("div").classes("draft-said").props("tabindex=-1"):
            for line in lines:
                with ui.element("div").classes(f"chat-bubble {look}"):
                    ui.label(line).classes("own-text")

    def _button(self, key: str, name: str, act: Callable[[], object], look: str = "") -> None:
        element = Button(name, act).classes(look)
        element.props["data-key"] = key
        element.props["aria-keyshortcuts"] = key.upper()
        with element, ui.element("kbd").props("aria-hidden=true"):
            ui.label(key.upper())

    def _begin(self) -> None:
        """A field with the twin's words, made anew each time."""
        say = self._view.say
        self._editor.clear()
        with self._editor:
            field = ui.element("textarea").classes("own-field").props("name=words rows=4")
            field.props["maxlength"] = LONGEST
            field.props["aria-label"] = say(words.OWN_WORDS)
            field.props["defaultValue"] = "\n".join(self._draft.lines)
            field.on("keydown", js_handler=_FIELD_KEYS)
            ui.label(say(words.OWN_WORDS)).classes("own-faint")
            with ui.element("div").classes("own-row"):
                submit(say(words.SEND)).classes("own-strong")
                Button(say(words.BACK), self._end)
        self._show_editor(True)
        ui.run_javascript(_FOCUS.format(id=field.id))

    def _end(self) -> None:
        self._show_editor(False)
        ui.run_javascript(_FOCUS.format(id=self.element.id))

    def _show_editor(self, on: bool) -> None:
        self._editor.set_visibility(on)
        self._buttons.set_visibility(not on)

    def _send(self, event: GenericEventArguments) -> None:
        self._settle("edit", str(event.args)[:LONGEST])

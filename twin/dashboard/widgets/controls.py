"""Controls that several pages use: status line, search, confirmation, link, mode switch."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from nicegui import ElementFilter, ui

from storage.chats import MODES, Mode, get_chat
from storage.errors import TwinError
from twin.dashboard.page_view import PageView
from twin.dashboard.static import STATIC
from twin.dashboard.widgets.layout import Button, heading
from twin.dashboard.wording import error_in
from twin.language import N_, Language

LONGEST_NAME = 100
SEARCH_S = 0.3
_CSS = (STATIC / "chats.css").read_text(encoding="utf-8")

MODE_NAMES: Mapping[Mode, str] = {
    "off": N_("off"),
    "log": N_("log"),
    "draft": N_("draft"),
    "auto": N_("auto"),
}
_MEANINGS: Mapping[Mode, str] = {
    "off": N_("{chat}: new messages are not logged."),
    "log": N_("{chat}: messages are logged but not answered."),
    "draft": N_("{chat}: the twin writes drafts for you to approve."),
    "auto": N_("{chat}: the twin answers by itself."),
}


def add_style() -> None:
    ui.add_head_html(f"<style>{_CSS}</style>")


class StatusLine:
    """A line that says what became of an action; screen readers read each new text aloud."""

    def __init__(self, language: Language, text: str = "", look: str = "own-text") -> None:
        self._language = language
        self.label = ui.label(text).classes(look).props("role=status")

    def tell(self, text: str) -> None:
        self.label.classes(remove="own-alert")
        self.label.text = text

    def warn(self, text: str) -> None:
        self.label.classes(add="own-alert")
        self.label.text = text

    def refuse(self, error: TwinError) -> None:
        self.warn(error_in(self._language, error))

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Show a TwinError of the block instead of raising it."""
        try:
            yield
        except TwinError as error:
            self.refuse(error)


def search_field(find: Callable[[str], object], longest: int = LONGEST_NAME) -> ui.element:
    """A field for names or words. `find` is called with what stands in it, while it is written.

    A blank at its end stays: the last word is whole then. `longest` in characters.
    """
    field = ui.element("input").props("type=search autocomplete=off")
    field.props["maxlength"] = longest
    field.on(
        "input",
        lambda event: find(str(event.args)[:longest].lstrip()),
        throttle=SEARCH_S,
        leading_events=False,
        js_handler="(event) => emit(event.target.value)",
    )
    return field


def page_status(view: PageView) -> StatusLine:
    """The one status line of a page, which stays in sight while the page scrolls."""
    return StatusLine(view.language, look="own-said own-text")


@contextmanager
def asking(question: str) -> Iterator[ui.dialog]:
    """A dialog that asks; used with `with`. One before it goes unanswered: a page has only one."""
    # It may still be fading out, or the button was pressed twice before the first one was shown.
    for earlier in list(ElementFilter(kind=ui.dialog)):
        earlier.delete()
    with ui.dialog() as dialog, ui.element("div").classes("own-card own-dialog"):
        dialog.props["aria-label"] = question
        heading(question, 2).classes("own-text")
        # Not before: it gives the focus back to where it was when it is gone.
        dialog.on("hide", dialog.delete)
        yield dialog


async def confirmed(
    view: PageView, question: str, yes: str, meaning: str = "", look: str = "own-danger"
) -> bool:
    """Whether the owner says yes; closing the dialog in any other way is a no."""
    with asking(question) as dialog:
        if meaning:
            ui.label(meaning).classes("own-text")
        with ui.element("div").classes("own-row"):
            Button(view.say("Cancel"), lambda: dialog.submit(False)).props("autofocus")
            Button(yes, lambda: dialog.submit(True)).classes(look)
    return await dialog is True


class FriendLink:
    """The link in a field, so that it can be taken by hand where a page may not copy."""

    def __init__(self, view: PageView, address: str) -> None:
        with ui.element("div").classes("own-row own-link"):
            field = ui.element("input").props("readonly")
            field.props["value"] = address
            field.props["aria-label"] = view.say("Friend's link")
            field.on("focus", js_handler="(event) => event.target.select()")
            copy = ui.element("button").classes("own-button").props("type=button")
            with copy:
                name = ui.label(view.say("Copy")).props("aria-live=polite")
            # Browsers let pages copy only at https or on the machine itself; the old way always.
            copy.on(
                "click",
                lambda: name.set_text(view.say("Copied")),
                js_handler="(event) => { event.currentTarget.parentElement"
                ".querySelector('input').select();"
                " if (document.execCommand('copy')) emit(); }",
            )


class ModeSwitch:
    """The switch of one chat. `changed` is called after it was set."""

    def __init__(
        self,
        view: PageView,
        chat_id: int,
        name: str,
        status: StatusLine,
        changed: Callable[[], None],
    ) -> None:
        self._view, self._chat_id, self._status, self._changed = view, chat_id, status, changed
        self._buttons: dict[Mode, ui.element] = {}
        group = ui.element("div").classes("own-modes").props("role=group")
        group.props["aria-label"] = view.say("Mode of {chat}", chat=name)
        with group:
            for mode in MODES:
                self._buttons[mode] = self._button(mode)

    def show(self, mode: Mode) -> None:
        for of, button in self._buttons.items():
            button.props["aria-pressed"] = "true" if of == mode else "false"

    def _button(self, mode: Mode) -> ui.element:
        button = ui.element("button").classes("own-mode").props("type=button")
        button.on("click", lambda: self._set(mode))
        with button:
            ui.label(self._view.say(MODE_NAMES[mode]))
        return button

    def _set(self, mode: Mode) -> None:
        context = self._view.context
        with self._status.refusals():
            chat = context.actions.set_mode(get_chat(context.db, self._chat_id), mode)
            self.show(mode)
            self._status.tell(self._view.say(_MEANINGS[mode], chat=chat.name))
            self._changed()

"""Who gets replies: four buttons, one of them pressed; they act at once."""

from collections.abc import Callable, Mapping

from nicegui import ui

from storage.chats import MODES, Mode, get_chat, switch_chat
from storage.errors import TwinError
from twin.dashboard.said import Said
from twin.dashboard.view import View
from twin.dashboard.words import Words

_NAMES: Mapping[Mode, Words] = {
    "off": Words("off", "关闭"),
    "log": Words("log", "仅记录"),
    "draft": Words("draft", "草稿"),
    "auto": Words("auto", "自动"),
}
_MEANINGS: Mapping[Mode, Words] = {
    "off": Words("{chat}: not even logged from now on.", "{chat}：从现在起不再记录。"),
    "log": Words("{chat}: logged, not answered.", "{chat}：只记录，不回复。"),
    "draft": Words("{chat}: drafts wait for your word.", "{chat}：草稿等你确认。"),
    "auto": Words("{chat}: the twin answers.", "{chat}：分身自动回复。"),
}
_MODE_OF = Words("Mode of {chat}", "{chat} 的模式")


class ModeSwitch:
    """The switch of one chat. `changed` is called after it was set."""

    def __init__(
        self, view: View, chat_id: int, name: str, said: Said, changed: Callable[[], None]
    ) -> None:
        self._view, self._chat_id, self._said, self._changed = view, chat_id, said, changed
        self._buttons: dict[Mode, ui.element] = {}
        group = ui.element("div").classes("own-modes").props("role=group")
        group.props["aria-label"] = view.say(_MODE_OF, chat=name)
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
            ui.label(self._view.say(_NAMES[mode]))
        return button

    def _set(self, mode: Mode) -> None:
        db = self._view.house.db
        try:
            chat = get_chat(db, self._chat_id)
            switch_chat(db, chat, mode)
        except TwinError as error:
            self._said.refused(error)
            return
        self.show(mode)
        self._said.done(self._view.say(_MEANINGS[mode], chat=chat.name))
        self._changed()

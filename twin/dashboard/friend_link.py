"""A secret link that can be copied."""

from nicegui import ui

from twin.dashboard.view import View
from twin.dashboard.words import Words

_LINK = Words("The friend's link", "朋友的链接")
_COPY = Words("Copy", "复制")
_COPIED = Words("Copied", "已复制")


class FriendLink:
    """The link in a field, so that it can be taken by hand where a page may not copy."""

    def __init__(self, view: View, address: str) -> None:
        with ui.element("div").classes("own-row chat-link"):
            field = ui.element("input").props("readonly")
            field.props["value"] = address
            field.props["aria-label"] = view.say(_LINK)
            field.on("focus", js_handler="(event) => event.target.select()")
            copy = ui.element("button").classes("own-button").props("type=button")
            with copy:
                name = ui.label(view.say(_COPY)).props("aria-live=polite")
            # Browsers let pages copy only at https or on the machine itself; the old way always.
            copy.on(
                "click",
                lambda: name.set_text(view.say(_COPIED)),
                js_handler="(event) => { event.currentTarget.parentElement"
                ".querySelector('input').select();"
                " if (document.execCommand('copy')) emit(); }",
            )

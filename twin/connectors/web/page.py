"""The friends' page in the browser: NiceGUI elements, a window for each open tab.

Imported only when the page is served: NiceGUI takes a second to load.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import cast

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from nicegui import app as nicegui_app
from nicegui import ui

from twin.connectors.web.connector import PageMessage, Receipt, WebConnector
from twin.connectors.web.page_loads import PageLoads
from twin.connectors.web.posting import add_posting
from twin.language import N_, Language
from twin.web.secret_links import GONE, gone_page, language_of, notice_page, too_often_page

MOST_TABS = 30  # of one link: each takes a connection and a quarter of a megabyte
MAX_LINES = 200  # a tab that stays open for weeks must not grow without end
_CSS = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_JS = "".join(
    Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("outbox.js", "page.js")
)
_HEAD = (
    '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
    f"<style>{_CSS}</style>"
)


NOBODY = N_("AI twin")
FULL_TITLE = N_("Too many tabs")
FULL = N_("This chat is open in too many tabs. Please close some and load this page again.")
LOST = N_("No connection. What you write is kept and sent later.")
# What the page says of a message that was not taken, or not yet.
REFUSALS: Mapping[Receipt, str] = {
    "too_long": N_("That message is too long. Please keep it under {max_chars} characters."),
    "too_fast": N_("That was a lot at once. It will be sent in a moment."),
    "unknown": GONE,
}
STATES = {
    "sending": N_("Sending…"),
    "sent": N_("Sent"),
    "unsent": N_("Not sent yet. It will be sent when the connection is back."),
}


class PageWindow:
    """One open tab. Texts go to the browser as text nodes, so markup in them stays text."""

    def __init__(self, connector: WebConnector, language: Language) -> None:
        self._connector, self._say = connector, language.say
        self._lines: list[ui.element] = []
        with ui.element("main").classes("twin"):
            self._head()
            self._log = ui.element("div").classes("twin-log")
            self._log.props.update({"role": "log", "aria-live": "polite"})
            self._log.props["data-lang"] = language.tag
            self._log.props["data-texts"] = json.dumps(self._texts())
            ui.element("div").classes("twin-status").props("role=status")
            self._foot()
        with self._log:
            self._messages = ui.element("div").classes("twin-messages")
            # Filled by outbox.js; what arrives is announced by the log around it.
            ui.element("div").classes("twin-pending").props("aria-live=off")
            self._typing = ui.element("div").classes("twin-typing")
            self._typing.props["aria-label"] = language.say("typing")
            self._typing.set_visibility(False)
            with self._typing:
                for _ in range(3):
                    ui.element("i")

    def _texts(self) -> dict[str, str]:
        most = self._connector.max_chars
        texts = [*REFUSALS.items(), *STATES.items()]
        return {name: self._say(text, max_chars=most) for name, text in texts}

    def _head(self) -> None:
        owner, say = self._connector.owner, self._say
        name = owner or say(NOBODY)
        about = say("You are talking to an AI twin")
        if owner:
            about = say("You are talking to {owner}'s AI twin", owner=owner)
        ui.page_title(name)
        with ui.element("header").classes("twin-head"):
            ui.label((owner or "AI")[:1].upper()).classes("twin-face").props("aria-hidden=true")
            with ui.element("div").classes("twin-who"):
                ui.label(name).classes("twin-name")
                ui.label(about).classes("twin-about")
                with ui.element("div").props("role=status"):
                    ui.label(say(LOST)).classes("twin-lost")

    def _foot(self) -> None:
        say = self._say
        with ui.element("footer").classes("twin-foot"):
            field = ui.element("textarea").classes("twin-field")
            field.props.update({"rows": 1, "enterkeyhint": "send", "autocomplete": "off"})
            field.props["data-most"] = self._connector.max_chars
            field.props["placeholder"] = field.props["aria-label"] = say("Message")
            button = ui.element("button").classes("twin-send")
            button.props["aria-label"] = say("Send")
            with button:
                ui.label("↑").props("aria-hidden=true")

    def show(self, line: PageMessage) -> None:
        """Add a message at the end; an answer that arrives ends the typing state."""
        if not line.mine:
            self.typing(False)
        label = self._add(line.text, "twin-bubble twin-mine" if line.mine else "twin-bubble")
        label.classes("" if line.mine else "twin-theirs")
        if line.picture is not None:
            with label, ui.element("img").classes("twin-sticker") as picture:
                picture.props["src"], picture.props["alt"] = line.picture, self._say("sticker")
        label.props["data-at"] = str(line.at)
        if line.id is not None:
            label.props["data-id"] = line.id

    def notice(self, text: str) -> None:
        """A line of the page itself, not of the chat."""
        self._add(text, "twin-notice")

    def typing(self, on: bool) -> None:
        self._typing.set_visibility(on)

    def _add(self, text: str, classes: str) -> ui.element:
        with self._messages:
            label = ui.label(text).classes(classes)
        self._lines.append(label)
        if len(self._lines) > MAX_LINES:
            self._lines.pop(0).delete()
        return label


def _chat_page(connector: WebConnector, token: str, request: Request) -> HTMLResponse | None:
    entered = connector.enter(token)
    if entered is None:
        return gone_page(request, _HEAD)
    if connector.tabs(token) >= MOST_TABS:
        return notice_page(request, FULL_TITLE, FULL, _HEAD, 429)
    lines, typing = entered
    ui.add_head_html(_HEAD)
    ui.add_body_html(f"<script>{_JS}</script>")
    language = language_of(request)
    window = PageWindow(connector, language)
    if connector.beside is not None:
        connector.beside(language)
    if not lines:
        window.notice(language.say("Say hello. Only you and the owner can see this chat."))
    for line in lines:
        window.show(line)
    window.typing(typing)
    # No await since `enter`: nothing can be missed between the history and the live messages.
    ui.context.client.on_delete(connector.attach(token, window))
    return None


def add_friends_page(app: FastAPI, connector: WebConnector) -> None:
    """Add the page at /c/{token}, what it sends, and what every unknown address gets."""
    add_posting(app, connector)
    app.add_middleware(PageLoads, connector=connector, refusal=partial(too_often_page, head=_HEAD))

    @ui.page("/c/{token}")
    def chat_page(token: str, request: Request) -> HTMLResponse | None:
        return _chat_page(connector, token, request)

    async def not_found(request: Request, _error: Exception) -> HTMLResponse:
        return gone_page(request, _HEAD)

    nicegui_app.add_exception_handler(404, cast(Callable[..., Awaitable[HTMLResponse]], not_found))

"""The owner's voices as a machine wrote them down, to be put right and confirmed, many at once."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.chats import chat_names
from storage.database import reading
from storage.media_texts import MOST_CONFIRMED, MOST_SAID, unconfirmed_voices
from storage.messages import Message, messages_with_ids
from storage.values import MOST
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.media import media_address
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, card, link
from twin.language import N_

PATH = "/data/voices"
PER_PAGE = 20
_INTRO = N_(
    "Your own voice messages, as a machine wrote them down. What you confirm is learnt as your "
    "words, what you don't is not. Correct what it got wrong, and empty the field if none of it "
    "was said by you."
)
# What stands in the fields: of one voice, or of all that are shown.
_ONE = "() => emit([[{number}, document.getElementById('voice-{number}').value]])"
_ALL = (
    "() => emit([...document.querySelectorAll('textarea[data-voice]')]"
    ".map(field => [Number(field.dataset.voice), field.value]))"
)


def voices_card(view: PageView) -> None:
    """The way there, once it is known that there are any."""
    with card(view.say("Your voice messages")) as box, ui.element("div").classes("own-row"):
        link(view.say("Confirm what you said"), PATH).classes("own-button")
        ui.label(view.say("Confirmed, they are learnt like your texts.")).classes("own-faint")
    box.set_visibility(False)

    async def look() -> None:
        found = await asyncio.to_thread(_read, view.context.config.database, (MOST, MOST))
        box.set_visibility(bool(found))

    ui.timer(0, look, once=True)


class _Voices:
    """One page of them; what is confirmed leaves it."""

    def __init__(self, view: PageView, voices: Sequence[Message], status: StatusLine) -> None:
        self._view, self._status = view, status
        names: Mapping[int, str] = dict(chat_names(view.context.db))
        self._parts: dict[int, ui.element] = {}
        with ui.element("div").classes("own-row") as self._bulk:
            Button(view.say("Confirm all on this page"), lambda: None).classes("own-strong").on(
                "click", self._confirm, js_handler=_ALL
            )
        for voice in voices:
            self._parts[voice.id] = self._voice(voice, names.get(voice.chat_id, ""))

    def _voice(self, voice: Message, chat: str) -> ui.element:
        view, name = self._view, f"voice-{voice.id}"
        with card() as box:
            with ui.element("div").classes("own-spread"):
                ui.label(chat[:200]).classes("own-key own-text").props("dir=auto")
                ui.label(view.when(voice.sent_at)).classes("own-faint")
            player = ui.element("audio").classes("chat-player").props("controls preload=none")
            player.props["src"] = media_address(voice.chat_id, voice.id)
            player.props["aria-label"] = view.say("Your voice message")
            with ui.element("label").props(f"for={name}"):
                ui.label(view.say("What you said")).classes("own-key")
            field = ui.element("textarea").classes("own-field").props(f"id={name} rows=2 dir=auto")
            field.props["data-voice"], field.props["maxlength"] = voice.id, MOST_SAID
            field.props["defaultValue"] = voice.media_text or ""
            with ui.element("div").classes("own-row"):
                Button(view.say("Confirm"), lambda: None).on(
                    "click", self._confirm, js_handler=_ONE.format(number=voice.id)
                )
        return box

    def _confirm(self, event: GenericEventArguments) -> None:
        said = dict(_pairs(event.args, self._parts))
        with self._status.refusals():
            done = self._view.context.actions.confirm_voices(said)
            for number in said:
                self._parts.pop(number).delete()
            self._bulk.set_visibility(bool(self._parts))
            self._status.tell(
                self._view.say_n("Confirmed: {n} message", "Confirmed: {n} messages", done)
            )


def _pairs(args: Any, shown: Mapping[int, object]) -> list[tuple[int, str]]:
    """What a browser sent, as far as it is of voices that are shown there."""
    rows = args[:MOST_CONFIRMED] if isinstance(args, list) else []
    return [
        (row[0], row[1])
        for row in rows
        if isinstance(row, list)
        and [type(value) for value in row] == [int, str]
        and row[0] in shown
    ]


def add_own_voices(pages: Pages) -> None:
    async def build(view: PageView, at: int = MOST, number: int = MOST) -> None:
        link(view.say("Back to data"), "/data")
        ui.label(view.say(_INTRO)).classes("own-faint")
        status = StatusLine(view.language)
        place = (max(0, min(at, MOST)), max(0, min(number, MOST)))
        voices = await asyncio.to_thread(_read, view.context.config.database, place)
        if not voices:
            status.tell(view.say("Nothing to confirm."))
            return
        _Voices(view, voices[:PER_PAGE], status)
        if len(voices) > PER_PAGE:
            last = voices[PER_PAGE - 1]
            following = urlencode({"at": last.sent_at, "number": last.id})
            link(view.say("Older"), f"{PATH}?{following}").classes("own-button")

    pages.add(PATH, "data", build)


def _read(database: Path, place: tuple[int, int]) -> list[Message]:
    """The newest before that place, one more than are shown. Beside the event loop: of all that was
    read in files, each is looked at.
    """
    with reading(database) as db:
        found = unconfirmed_voices(db, before=place, limit=PER_PAGE + 1)
        return messages_with_ids(db, found)[::-1]

"""One entry of a conversation: a message, a reason for no answer, or an unsent piece."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from nicegui import ui

from storage.decisions import BurstVerdict, Undelivered
from storage.outbox import State
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.message_media import show_media, show_read, show_sticker
from twin.dashboard.pages.remembered import show_remembered
from twin.dashboard.pages.timeline import DayBegins, Entry, LoggedMessage, UnreadBegins
from twin.dashboard.widgets.layout import heading, tool
from twin.dashboard.wording import WHO, kind_in, reason_in, who_in
from twin.language import N_

STATES: Mapping[State, str] = {
    "pending": N_("waiting to be sent"),
    "sending": N_("sending"),
    "sent": N_("sent"),
    "failed": N_("failed to send"),
    "cancelled": N_("cancelled"),
    "doubt": N_("may not have been delivered"),
    "draft": N_("draft, waiting for you"),
    "edited": N_("draft, replaced by your text"),
    "rejected": N_("draft, rejected"),
    "dry": N_("dry run, not sent"),
}


# A message's number and whether it is good, or no judgement any more.
Judge = Callable[[int, bool | None], None]
THUMBS = ((True, "thumb_up", N_("Good answer")), (False, "thumb_down", N_("Bad answer")))


class Bubble:
    """Texts are text nodes, each in a direction of its own. `wanted`: the message to be found.

    `judge` is called with a message of the twin and what the owner thinks of it.
    """

    def __init__(
        self, view: PageView, friend: str, entry: Entry, judge: Judge, wanted: int | None = None
    ) -> None:
        self._judge = judge
        self._view, self._friend, self._wanted = view, friend, wanted
        self.element = ui.element("li")
        self._entry: Entry = entry
        self._thumbs: _Thumbs | None = None
        self._show()

    def update(self, entry: Entry) -> None:
        """A new judgement leaves all else alone, so that the focus stays on its button."""
        shown, self._entry = self._entry, entry
        if (
            self._thumbs is not None
            and isinstance(entry, LoggedMessage)
            and isinstance(shown, LoggedMessage)
            and entry == replace(shown, thumb=entry.thumb)
        ):
            self._thumbs.show(entry.thumb)
            return
        self.element.clear()
        self._thumbs = None
        self._show()

    def _show(self) -> None:
        entry = self._entry
        with self.element:
            match entry:
                case LoggedMessage():
                    self._logged(entry)
                case BurstVerdict():
                    self._verdict(entry)
                case Undelivered():
                    self._unsaid(entry)
                case DayBegins():
                    self._day(entry)
                case UnreadBegins():
                    self.element.classes(replace="chat-unread-line")
                    heading(self._view.say("New messages"), 3)

    def _logged(self, entry: LoggedMessage) -> None:
        message, say = entry.message, self._view.say
        is_aside = message.kind in ("command", "notice", "system")
        look = "chat-aside" if is_aside else f"chat-bubble chat-{message.origin}"
        self.element.classes(replace=look)
        if message.id == self._wanted:
            self.element.classes(add="chat-wanted").props("tabindex=-1")
        marks = [kind_in(self._view.language, message.kind)] if is_aside else []
        if message.recalled_at is not None:
            self.element.classes(add="chat-recalled")
            marks.append(say("recalled"))
        if entry.earlier:
            marks.append(say("changed"))
        who = who_in(self._view.language, message, self._friend)
        _head(who, [self._view.time(message.sent_at), *marks])
        is_shown = not is_aside and show_media(self._view, message, who, entry.media)
        if message.text and not is_shown:
            ui.label(message.text).classes("own-text chat-text")
        if entry.read is not None and not is_aside:
            show_read(self._view, entry.read)
        if entry.earlier:
            self._earlier(entry.earlier)
        if (message.origin, message.kind) == ("twin", "text"):
            self._thumbs = _Thumbs(self._view, partial(self._judge, message.id))
            self._thumbs.show(entry.thumb)

    def _earlier(self, wordings: Sequence[str]) -> None:
        with ui.element("details").classes("own-fold chat-earlier"):
            with ui.element("summary"):
                ui.label(self._view.say("What it said before"))
            for text in wordings:
                ui.label(text).classes("own-text chat-text")

    def _day(self, begins: DayBegins) -> None:
        self.element.classes(replace="chat-day")
        heading(self._view.whole_day(begins.day), 3)

    def _verdict(self, verdict: BurstVerdict) -> None:
        self.element.classes(replace="chat-aside")
        if not verdict.answered:
            reason = reason_in(self._view.language, verdict.reason)
            ui.label(self._view.say("Not answered: {reason}", reason=reason)).classes("own-text")
        show_remembered(self._view, verdict.memory)

    def _unsaid(self, piece: Undelivered) -> None:
        self.element.classes(replace=f"chat-bubble chat-unsaid chat-{piece.words}")
        say = self._view.say
        _head(say(WHO[piece.words]), [self._view.time(piece.created_at), say(STATES[piece.state])])
        if piece.sticker is not None:
            show_sticker(self._view, piece.sticker)
        else:
            ui.label(piece.text).classes("own-text chat-text")


class _Thumbs:
    """Two buttons; the one that is pressed takes itself back."""

    def __init__(self, view: PageView, judge: Callable[[bool | None], None]) -> None:
        self._judge = judge
        self._now: bool | None = None
        self._buttons: dict[bool, ui.element] = {}
        with ui.element("div").classes("chat-thumbs"):
            for up, icon, name in THUMBS:
                with tool(view.say(name), partial(self._press, up)) as self._buttons[up]:
                    ui.icon(icon)

    def show(self, now: bool | None) -> None:
        self._now = now
        for up, button in self._buttons.items():
            button.props["aria-pressed"] = "true" if up is now else "false"

    def _press(self, up: bool) -> None:
        self._judge(None if up is self._now else up)


def _head(who: str, more: list[str]) -> None:
    with ui.element("div").classes("chat-head"):
        ui.label(who).classes("chat-who own-text")
        for part in more:
            ui.label(part)

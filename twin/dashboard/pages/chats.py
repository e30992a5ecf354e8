"""Page of all chats: their modes, last messages, and reasons for answering or not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.decisions import BurstVerdict, last_verdicts
from storage.errors import TwinError
from storage.listings import ListedChat, last_messages, page_of_chats
from storage.messages import Message, Origin
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import (
    LONGEST_NAME,
    FriendLink,
    ModeSwitch,
    StatusLine,
    add_style,
    page_status,
    search_field,
)
from twin.dashboard.widgets.layout import Button, card, link, submit
from twin.dashboard.widgets.live_list import LiveList
from twin.dashboard.wording import platform_in, reason_in
from twin.language import N_

KINDS: Mapping[str, str] = {
    "text": N_("text"),
    "image": N_("image"),
    "voice": N_("voice message"),
    "video": N_("video"),
    "file": N_("file"),
    "sticker": N_("sticker"),
    "link": N_("link"),
    "location": N_("location"),
    "contact": N_("contact"),
    "transfer": N_("transfer"),
    "call": N_("call"),
    "forward": N_("forwarded"),
    "system": N_("system message"),
    "command": N_("command to the bot"),
    "notice": N_("notice from the bot"),
    "other": N_("other"),
}
WHO: Mapping[Origin, str] = {"peer": N_("Friend"), "owner": N_("You"), "twin": N_("Twin")}

PER_PAGE = 25
REFRESH_S = 3.0
SHOWN_CHARS = 160


def add(pages: Pages) -> None:
    def build(view: PageView) -> None:
        _Chats(view)

    pages.add("/chats", "chats", build)


@dataclass(frozen=True, slots=True)
class _Line:
    """What the list shows of a chat."""

    chat: ListedChat
    last: Message | None
    verdict: BurstVerdict | None
    paused_until: int | None


class _Chats:
    """The page in one browser."""

    def __init__(self, view: PageView) -> None:
        self._view, self._search, self._offset = view, "", 0
        add_style()
        self._status = page_status(view)
        with card():
            self._search_field()
            link(view.say("Friends with several chats"), "/people")
            chats = ui.element("ul").classes("own-list")
            self._list: LiveList[int, _Line] = LiveList(chats, self._row)
            with ui.element("div").classes("own-spread"):
                self._newer = Button(view.say("Previous page"), lambda: self._turn(-PER_PAGE))
                self._where = ui.label().classes("own-faint")
                self._older = Button(view.say("Next page"), lambda: self._turn(PER_PAGE))
        NewFriend(view, self._status, self._refresh)
        self._refresh()
        view.every(REFRESH_S, self._refresh)

    def _search_field(self) -> None:
        field = search_field(self._find)
        field.props["aria-label"] = field.props["placeholder"] = self._view.say("Search by name")

    def _find(self, name: str) -> None:
        self._search, self._offset = name, 0
        self._refresh()

    def _turn(self, by: int) -> None:
        self._offset = max(0, self._offset + by)
        self._refresh()

    def _row(self, line: _Line) -> "_Row":
        return _Row(self._view, line, self._status, self._refresh)

    def _refresh(self) -> None:
        context = self._view.context
        chats, total = page_of_chats(
            context.db, search=self._search, limit=PER_PAGE, offset=self._offset
        )
        self._list.show({line.chat.id: line for line in self._lines(chats)})
        first = self._offset + bool(chats)
        say = self._view.say
        self._where.text = (
            say(
                "{first}–{last} of {total}",
                first=first,
                last=self._offset + len(chats),
                total=total,
            )
            if total
            else say("No chats.")
        )
        _enable(self._newer, self._offset > 0)
        _enable(self._older, self._offset + PER_PAGE < total)

    def _lines(self, chats: Sequence[ListedChat]) -> Iterator[_Line]:
        context, numbers = self._view.context, [chat.id for chat in chats]
        messages, verdicts = last_messages(context.db, numbers), last_verdicts(context.db, numbers)
        now = context.clock.now()
        for chat in chats:
            until = chat.paused_until
            paused = until if until is not None and until > now else None
            yield _Line(chat, messages.get(chat.id), verdicts.get(chat.id), paused)


def _enable(element: ui.element, on: bool) -> None:
    element.props["disabled"] = not on


class _Row:
    """One chat of the list."""

    def __init__(
        self, view: PageView, line: _Line, status: StatusLine, changed: Callable[[], None]
    ) -> None:
        self._view = view
        self.element = ui.element("li").classes("chat-row")
        with self.element:
            name = link(line.chat.name, f"/chats/{line.chat.id}")
            name.classes("chat-name own-text")
            self._facts = ui.label().classes("own-faint")
            self._last = ui.label().classes("own-text chat-last")
            self._why = ui.label().classes("own-faint own-text chat-why")
            self._switch = None
            if line.chat.kind != "self":
                self._switch = ModeSwitch(view, line.chat.id, line.chat.name, status, changed)
        self.update(line)

    def update(self, line: _Line) -> None:
        chat, say = line.chat, self._view.say
        facts = [platform_in(self._view.language, chat.platform)]
        if chat.last_message_at:
            facts.append(self._view.when(chat.last_message_at))
        if line.paused_until:
            facts.append(say("paused until {time}", time=self._view.when(line.paused_until)))
        self._facts.text = " · ".join(facts)
        self._last.text = _last_words(self._view, line.last)
        verdict = line.verdict
        self._why.text = (
            say("Last messages: {reason}", reason=reason_in(self._view.language, verdict.reason))
            if verdict
            else ""
        )
        if self._switch:
            self._switch.show(chat.mode)


def _last_words(view: PageView, message: Message | None) -> str:
    if message is None:
        return view.say("No messages yet.")
    text = " ".join(message.text[: SHOWN_CHARS * 2].split())
    if message.recalled_at is not None:
        text = view.say("Message recalled")
    elif message.kind not in ("text", "command", "notice") or not text:
        kind = KINDS.get(message.kind, KINDS["other"])
        text = f"[{view.say(kind)}] {text}"
    cut = text[:SHOWN_CHARS].rstrip() + "…" if len(text) > SHOWN_CHARS else text
    return view.say("{who}: {text}", who=view.say(WHO[message.origin]), text=cut)


class NewFriend:
    """A friend without any chat program: a name, and there is a link to send."""

    def __init__(self, view: PageView, status: StatusLine, changed: Callable[[], None]) -> None:
        self._view, self._status, self._changed = view, status, changed
        with card(view.say("Invite a friend on the web")):
            form = ui.element("form").classes("own-row")
            form.on(
                "submit",
                self._invite,
                js_handler="(event) => { event.preventDefault();"
                " emit(event.target.elements.friend.value); event.target.reset(); }",
            )
            with form:
                field = ui.element("input").props("name=friend autocomplete=off required")
                field.props["maxlength"] = LONGEST_NAME
                field.props["aria-label"] = field.props["placeholder"] = view.say("Friend's name")
                submit(view.say("Create link")).classes("own-strong")
            self._made = ui.element("div")

    def _invite(self, event: GenericEventArguments) -> None:
        context = self._view.context
        try:
            token, chat = context.actions.invite(str(event.args)[:LONGEST_NAME])
        except TwinError as error:
            self._status.refuse(error)
            return
        self._status.tell(
            self._view.say(
                "{name} can chat with the twin through this link. The twin answers right away.",
                name=chat.name,
            )
        )
        self._made.clear()
        with self._made:
            FriendLink(self._view, context.link(token))
        self._changed()

"""The page on which a friend takes the blind test of their own chat, by a secret link.

Plain forms that work without scripts. Nothing but that chat is ever looked at for it.
"""

import asyncio
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlite_utils import Database

from storage.blind_links import chat_of_blind_link
from storage.blind_test import BlindPair, count_judged, record_choice
from storage.chats import Chat
from storage.errors import TwinError
from storage.values import row_number
from twin.blind.blind_test import BlindTest
from twin.clock import SYSTEM_CLOCK, Clock
from twin.language import N_, Language
from twin.prompting.media_marks import all_as_read
from twin.web.app import VIEWPORT
from twin.web.bodies import form_of
from twin.web.secret_links import (
    LoadLimit,
    gone_page,
    language_of,
    notice_page,
    too_often_page,
)

HERE = Path(__file__).parent
CSS = (HERE / "page.css").read_text(encoding="utf-8")
HEAD = f'<meta name="robots" content="noindex"><style>{CSS}</style>'
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
LOADS = 60  # of one link a minute: nobody reads more pairs
WAIT_S = 3.0  # how long a page waits for a pair that is being made; then it looks again
MOST_BYTES = 1000

MAKING = N_("The next two answers are being prepared. This takes a moment.")
NOTHING_LEFT = N_("There is nothing to judge at the moment. Thank you!")


def blind_link(address: str, token: str) -> str:
    """Where a friend takes the test. `address`: the server's."""
    return f"{address}/b/{token}"


def add_blind_page(
    app: FastAPI, db: Database, test: BlindTest, owner: str, clock: Clock = SYSTEM_CLOCK
) -> None:
    """Add GET and POST /b/{token}. `owner`: their name."""
    page = _FriendsTest(db, test, owner, clock)

    @app.get("/b/{token}", include_in_schema=False)
    async def show(token: str, request: Request) -> Response:
        return await page.show(token, request)

    @app.post("/b/{token}", include_in_schema=False)
    async def judge(token: str, request: Request) -> Response:
        return await page.judge(token, request)


class _FriendsTest:
    def __init__(self, db: Database, test: BlindTest, owner: str, clock: Clock) -> None:
        self._db, self._test, self._owner, self._clock = db, test, owner, clock
        self._loads = LoadLimit(clock.monotonic, LOADS)
        self._making: dict[int, asyncio.Task[BlindPair | None]] = {}

    async def show(self, token: str, request: Request) -> Response:
        """The next pair of the link's chat, or why there is none."""
        chat = self._enter(token, request)
        if isinstance(chat, Response):
            return chat
        pair, is_made = await self._pair(chat)
        if chat_of_blind_link(self._db, token) is None:  # it was closed meanwhile
            return gone_page(request, HEAD)
        language = language_of(request)
        title = self._title(language)
        if pair is not None:
            return self._question(language, title, chat, pair)
        if is_made:
            return notice_page(request, title, NOTHING_LEFT, HEAD)
        answer = notice_page(request, title, MAKING, HEAD)
        answer.headers["Refresh"] = str(round(WAIT_S))
        return answer

    async def judge(self, token: str, request: Request) -> Response:
        """Note the choice and show the next pair."""
        chat = self._enter(token, request)
        if isinstance(chat, Response):
            return chat
        choice = await _choice(request)
        if choice is not None:
            pair, place = choice
            try:
                now = self._clock.now()
                record_choice(self._db, pair, "friend", place, now=now, chat_id=chat.id)
            except TwinError:
                pass  # it is gone, or can't be kept now: the next one, or it again, is shown
        return RedirectResponse(request.url.path, 303)

    def _enter(self, token: str, request: Request) -> Chat | Response:
        """The link's chat, or the answer to a link that opens none, or not so often."""
        chat = chat_of_blind_link(self._db, token)
        if not self._loads.take(token, request, known=chat is not None):
            return too_often_page(request, HEAD)
        return chat or gone_page(request, HEAD)

    async def _pair(self, chat: Chat) -> tuple[BlindPair | None, bool]:
        """The pair, if any, and whether making one has ended; it goes on beside the page."""
        pair = self._test.waiting_pair("friend", chat.id)
        if pair is not None:
            return pair, True
        task = self._making.get(chat.id)
        if task is None:
            task = asyncio.create_task(self._make(chat), name="blind pair")
            self._making[chat.id] = task
            task.add_done_callback(lambda _: self._making.pop(chat.id, None))
        await asyncio.wait({task}, timeout=WAIT_S)
        return (task.result(), True) if task.done() else (None, False)

    async def _make(self, chat: Chat) -> BlindPair | None:
        """None also where the chat was forgotten meanwhile, or the database is busy."""
        try:
            return await self._test.next_pair("friend", chat.id)
        except TwinError:
            return None

    def _title(self, language: Language) -> str:
        if self._owner:
            return language.say("Which answer is {owner}'s?", owner=self._owner)
        return language.say("Which answer is your friend's?")

    def _question(
        self, language: Language, title: str, chat: Chat, pair: BlindPair
    ) -> HTMLResponse:
        say, owner = language.say, self._owner or language.say("Your friend")
        judged = count_judged(self._db, chat.id, "friend")
        page = TEMPLATES.get_template("page.html.j2").render(
            language=language,
            viewport=VIEWPORT,
            head=HEAD,
            title=title,
            pair=pair,
            answers=[
                (say("Answer {n}", n=place), answer) for place, answer in enumerate(pair.answers, 1)
            ],
            messages=say("Messages"),
            talk=all_as_read([*pair.context, *pair.question]),
            names={"peer": say("You"), "owner": owner, "twin": say("AI twin")},
            about=say(
                "This is from your chat. One of the two answers at the end was really sent to "
                "you, the other is by an AI twin that learns to write like {owner}. Choose the "
                "real one.",
                owner=owner,
            ),
            judged=language.say_n(
                "You have judged {n} pair so far.", "You have judged {n} pairs so far.", judged
            ),
            kept=say("What you choose is kept for {owner}, nothing else.", owner=owner),
        )
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})


async def _choice(request: Request) -> tuple[int, int] | None:
    """The pair's number and the place of the answer; None for what is no choice."""
    fields = await form_of(request, MOST_BYTES)
    pair, place = row_number(fields.get("pair", "")), fields.get("place")
    return (pair, int(place)) if pair is not None and place in ("0", "1") else None

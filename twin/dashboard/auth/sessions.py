"""Log the owner in and out, set the first password, and change it."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Literal

from sqlite_utils import Database

from storage import owner_sessions
from storage.errors import InputError
from storage.owner_sessions import OwnerSession
from twin.clock import SYSTEM_CLOCK, Clock
from twin.dashboard.auth.guesses import GuessLimit
from twin.dashboard.auth.password import PasswordFile
from twin.replying.policy import HOUR_MS
from twin.web.security import is_loopback

# Why somebody is not let in.
Refusal = Literal["unset", "wrong", "too_often", "bad_link"]


class LoginRefused(InputError):
    """Not let in; `why` is for the page to say in its language."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(f"not let in: {why}")
        self.why = why


class OwnerAuth:
    """Sessions and the password. `ended` is called with the key of each session that ends.

    Without a password the one way in is `first_password_token`, which the bot prints in its
    terminal: nobody else on this machine, and no page in the browser, knows it.
    """

    def __init__(
        self,
        db: Database,
        password: PasswordFile,
        session_hours: float,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._db, self._password, self._clock = db, password, clock
        self._idle_ms = int(session_hours * HOUR_MS)
        self._guesses = GuessLimit(clock)
        self._one_at_a_time = asyncio.Lock()  # each attempt takes 64 MB
        self.first_password_token = None if password.is_set() else secrets.token_urlsafe(24)
        self.ended: Callable[[str | None], None] = lambda key: None

    def needs_password(self) -> bool:
        return not self._password.is_set()

    def owner_of(self, token: str | None) -> OwnerSession | None:
        """The session of a cookie; it lasts on."""
        if not token:
            return None
        session = self.session(owner_sessions.key_of(token))
        if session is not None:
            owner_sessions.visited(self._db, session.key, self._clock.now())
        return session

    def session(self, key: str) -> OwnerSession | None:
        return owner_sessions.find_session(self._db, key, self._clock.now(), self._idle_ms)

    async def log_in(self, address: str, password: str) -> str:
        """The token of a new session. Raises LoginRefused."""
        if self.needs_password():
            raise LoginRefused("unset")
        await self._check(address, password)
        return self._start()

    async def set_first_password(self, address: str, token: str, password: str) -> str:
        """Set the first password, by the terminal's link. Raises LoginRefused or InputError."""
        may_set = self.needs_password() and is_loopback(address)
        known = self.first_password_token if may_set else None
        if known is None or not secrets.compare_digest(token.encode(), known.encode()):
            raise LoginRefused("bad_link")
        async with self._one_at_a_time:
            await asyncio.to_thread(self._password.set, password)
        self.first_password_token = None
        return self._start()

    async def change_password(self, address: str, current: str, new: str) -> str:
        """End all sessions; the token of a new one. Raises LoginRefused or InputError."""
        await self._check(address, current)
        async with self._one_at_a_time:
            await asyncio.to_thread(self._password.set, new)
        owner_sessions.end_all_sessions(self._db)
        self.ended(None)
        return self._start()

    def log_out(self, token: str | None) -> None:
        if token:
            key = owner_sessions.key_of(token)
            owner_sessions.end_session(self._db, key)
            self.ended(key)

    def choose(self, key: str, *, language: str | None = None, theme: str | None = None) -> None:
        """Keep how that browser is to show the pages."""
        owner_sessions.choose(self._db, key, language=language, theme=theme)

    async def _check(self, address: str, password: str) -> None:
        if not await self._guesses.admit(address):
            raise LoginRefused("too_often")
        async with self._one_at_a_time:
            right = await asyncio.to_thread(self._password.verify, password)
        if not right:
            self._guesses.was_wrong()
            raise LoginRefused("wrong")
        self._guesses.was_right(address)

    def _start(self) -> str:
        now = self._clock.now()
        owner_sessions.drop_old_sessions(self._db, now, self._idle_ms)
        return owner_sessions.start_session(self._db, now)

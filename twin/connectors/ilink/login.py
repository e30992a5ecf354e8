"""Log in: the owner scans a code, and a bot of theirs is bound to this program."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from pydantic import ValidationError

from storage.texts import Text
from twin.clock import Clock
from twin.connectors.ilink.account import LOGIN_COMMAND, Account
from twin.connectors.ilink.client import ILinkClient, ILinkError, NoAnswerError

CODES = 3
_PAUSE_S = 1.0
_ALREADY_BOUND = Text(
    "ilink: WeChat says that this bot is bound here already, and its login is not "
    "kept here; bring the folder data/ilink back from where it was"
)


class Login:
    """Shows at most three codes, each until it is scanned or WeChat drops it (two minutes).

    show: is given what the code holds.
    ask_number: asks for the number that the phone may show; told whether the one before was wrong.
    known: the login there was, whose bot can go on.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        show: Callable[[str], Awaitable[None]],
        ask_number: Callable[[bool], Awaitable[str]],
        clock: Clock,
        known: Account | None,
        server: str,
    ) -> None:
        self._session, self._show, self._ask_number = session, show, ask_number
        self._clock, self._known, self._server = clock, known, server

    async def run(self, other: Callable[[], Account | None] = lambda: None) -> Account:
        """The login. Raises ILinkError. `other`: one that was made elsewhere meanwhile."""
        for _ in range(CODES):
            account = await self._one_code(other)
            if account is not None:
                return account
        raise ILinkError(
            Text(
                "ilink: nobody scanned the code in time; {command} shows a new one",
                command=LOGIN_COMMAND,
            )
        )

    async def _one_code(self, other: Callable[[], Account | None]) -> Account | None:
        """None once the code is of no use any more."""
        client = ILinkClient(self._session, self._server)
        tokens = [self._known.token] if self._known else []
        code = await client.new_code(tokens)
        await self._show(_text(code, "qrcode_img_content"))
        number: str | None = None
        while (found := other()) is None:
            state = await self._state(client, _text(code, "qrcode"), number)
            match state.get("status"):
                case "confirmed":
                    return self._confirmed(state, client.server)
                case "binded_redirect":
                    return self._bound_already()
                case "expired" | "verify_code_blocked":
                    return None
                case "need_verifycode":
                    number = await self._ask_number(number is not None)
                case "scaned_but_redirect":
                    client = self._moved(client, state)
                case "scaned":
                    number = None
            await self._clock.sleep(_PAUSE_S)
        return found

    async def _state(self, client: ILinkClient, code: str, number: str | None) -> dict[str, Any]:
        try:
            return await client.code_state(code, number)
        except NoAnswerError:
            return {}  # it waits still

    def _confirmed(self, state: dict[str, Any], server: str) -> Account:
        try:
            return Account(
                server=_text(state, "baseurl", server).rstrip("/"),
                bot_id=_text(state, "ilink_bot_id"),
                owner_id=_text(state, "ilink_user_id"),
                token=_text(state, "bot_token"),
            )
        except ValidationError:
            raise ILinkError(
                Text("ilink: WeChat named a server that is none; try again later")
            ) from None

    def _bound_already(self) -> Account:
        if self._known is None:
            raise ILinkError(_ALREADY_BOUND)
        return self._known.model_copy(update={"ended": False})

    def _moved(self, client: ILinkClient, state: dict[str, Any]) -> ILinkClient:
        """The account is served by another of WeChat's servers."""
        scheme = self._server.partition("://")[0]
        server = f"{scheme}://{_text(state, 'redirect_host')}"
        return ILinkClient(self._session, server)


def _text(answer: dict[str, Any], key: str, otherwise: str = "") -> str:
    """Raises ILinkError where the server does not say it."""
    found = answer.get(key) or otherwise
    if not isinstance(found, str) or not found:
        raise ILinkError(Text("ilink: WeChat did not say '{key}'; try again later", key=key))
    return found

"""The Bot API: a client that tells no secret, and what went wrong in one line."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from telegram import Bot, BusinessConnection, File, Message, TelegramObject, User
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from storage.errors import TwinError
from storage.texts import Text
from twin.connectors.telegram.account import CONNECT

POLL_S = 25  # how long the server keeps a question for updates while there are none
ANSWER_S = 20.0
CONNECT_S = 10.0
WANTED = (
    "message",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "callback_query",
)
_ANSWERS: dict[str, type[TelegramObject]] = {
    "getMe": User,
    "getBusinessConnection": BusinessConnection,
    "getFile": File,
    "sendMessage": Message,
}
# httpx logs every address, which holds the token; the library logs messages and addresses.
_LOGGERS = ("telegram", "httpx", "httpcore")


class BotApiError(TwinError):
    """Telegram can't be reached, or refuses."""


class TokenRefusedError(BotApiError):
    """The token was mistyped or revoked: asking again is of no use."""


class OtherProgramError(BotApiError):
    """Another program reads this bot's messages."""


class UnreadableAnswerError(TelegramError):
    """Something answers, but not as the Bot API does: a portal or a proxy, say."""


class Requests(HTTPXRequest):
    """The library's, which takes any page for an answer: a 404 for a token that is refused."""

    async def do_request(
        self, url: str, method: str, *arguments: Any, **more: Any
    ) -> tuple[int, bytes]:
        """Raises the library's errors."""
        code, content = await super().do_request(url, method, *arguments, **more)
        is_file = method == "GET" and code == 200
        if not is_file and not _is_answer(content, url.rpartition("/")[2], code):
            raise UnreadableAnswerError(f"HTTP {code}")
        return code, content


def _is_answer(content: bytes, asked: str, code: int) -> bool:
    try:
        told = json.loads(content)
        if code != 200:
            return isinstance(told["description"], str) and _is_wait(told.get("parameters"))
        kind = _ANSWERS.get(asked)
        return "result" in told and (kind is None or kind.de_json(told["result"], None) is not None)
    except Exception:  # boundary: whatever the library fails at, it would fail at again
        return False


def _is_wait(parameters: Any) -> bool:
    return parameters is None or isinstance(parameters.get("retry_after", 1), int)


class ApiClient(Bot):
    """The library's bot, that tells updates as the server does: one that can't be read is one.

    `async with` begins with asking who the bot is.
    """

    def __init__(self, token: str, server: str) -> None:
        os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's times as they will be
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        polls = _request(1, POLL_S + ANSWER_S)
        super().__init__(
            token,
            base_url=f"{server}/bot",
            base_file_url=f"{server}/file/bot",
            request=_request(8, ANSWER_S),
            get_updates_request=polls,
        )
        self._polls = polls

    async def ask_updates(self, offset: int, seconds: int) -> list[dict[str, Any]]:
        """The updates from `offset` on, which confirms those before.

        A list of kinds that was given once stays in force, so it is given every time. Raises the
        library's errors.
        """
        asked = {"offset": offset, "timeout": seconds, "allowed_updates": json.dumps(WANTED)}
        address = f"{self.base_url}/getUpdates?{urlencode(asked)}"
        found: Any = await self._polls.post(address, read_timeout=seconds + ANSWER_S)
        if not isinstance(found, list) or not all(_is_update(one) for one in found):
            raise UnreadableAnswerError("no updates")
        return found


def _is_update(told: object) -> bool:
    return isinstance(told, dict) and isinstance(told.get("update_id"), int)


def _request(connections: int, read_s: float) -> Requests:
    try:
        return Requests(
            connection_pool_size=connections,
            read_timeout=read_s,
            write_timeout=ANSWER_S,
            connect_timeout=CONNECT_S,
            pool_timeout=ANSWER_S,
        )
    except ValueError:  # its text may hold the proxy's password
        raise BotApiError(
            Text(
                "telegram: the proxy of HTTPS_PROXY or ALL_PROXY can't be used; give it as "
                "http://HOST:PORT or socks5://HOST:PORT"
            )
        ) from None


@contextmanager
def explained() -> Iterator[None]:
    """The library's errors as BotApiError: their own texts may hold the token."""
    try:
        yield
    except TelegramError as error:
        raise explanation(error) from None


def explanation(error: TelegramError) -> BotApiError:
    """What it means, and what to do."""
    match error:
        case InvalidToken():
            return TokenRefusedError(
                Text(
                    "telegram: the bot's token is refused (mistyped or revoked); {command} takes "
                    "another one",
                    command=CONNECT,
                )
            )
        case Conflict():
            return OtherProgramError(
                Text(
                    "telegram: another program reads this bot's messages with the same token; end "
                    "it, or make a bot of its own for it"
                )
            )
        case RetryAfter():
            return BotApiError(
                Text("telegram: asks to wait {seconds} s", seconds=round(wait_s(error)))
            )
        case BadRequest() | Forbidden():
            return BotApiError(Text("telegram: refused: {cause}", cause=error.message))
        case NetworkError():
            return _unreached(error)
    return BotApiError(
        Text(
            "telegram: an answer that can't be read ({cause}); check [connectors.telegram] server, "
            "and whether a proxy or a login page of the network is between",
            cause=error.message,
        )
    )


def _unreached(error: NetworkError) -> BotApiError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error.__cause__):
        return BotApiError(
            Text("telegram: the server's certificate is not valid; is this machine's clock right?")
        )
    return BotApiError(
        Text(
            "telegram: can't be reached ({cause}); check the network, "
            "[connectors.telegram] server, and HTTPS_PROXY where Telegram is blocked",
            cause=_reason(error),
        )
    )


def is_unsent(error: TelegramError) -> bool:
    """Whether the question certainly never reached the server."""
    return cause_of(error) in ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError")


def wait_s(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def cause_of(error: TelegramError) -> str:
    """The name of what went wrong in the connection, else of the error itself."""
    return type(error.__cause__ or error).__name__


def _reason(error: NetworkError) -> str:
    """The system's words for it, such as "Connection refused", where there are any."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return cause_of(error)

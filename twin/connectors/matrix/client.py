"""A matrix-nio client for the kept login, and what its errors mean.

nio raises nothing for what a server refuses, and by default waits for ever for one that is gone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientConnectorCertificateError, ClientError, ClientResponse
from nio import AsyncClientConfig, ErrorResponse

from storage.errors import TwinError
from storage.texts import Text
from twin.connectors.matrix.account import LOGIN_COMMAND, Account
from twin.connectors.matrix.encryption import KEYS_FOLDER, KeysClient, keys_config
from twin.connectors.matrix.wire import readable

REQUEST_S = 30.0
# It logs what it can't read, and that is what people write.
logging.getLogger("nio").setLevel(logging.CRITICAL + 1)

_LOGIN_IS_OVER = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"})

Answer = TypeVar("Answer")


class MatrixError(TwinError):
    """The homeserver refuses or can't be reached. Never quotes the token or a message.

    `code`: the server's, where it gave one.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class LoginEndedError(MatrixError):
    """The homeserver no longer takes the token."""


class TooManyError(MatrixError):
    """The homeserver asks to wait so many seconds."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Client(KeysClient):
    async def parse_body(self, transport_response: ClientResponse) -> Any:
        try:
            return readable(await super().parse_body(transport_response))
        except (ValueError, RecursionError):  # no UTF-8, or nested without end
            return {}


def open_client(account: Account, data: Path | None = None) -> Client:
    """`data`: the data folder, for a client that reads and writes in encrypted rooms.

    Raises KeysError where the keys there can't be used.
    """
    patience: dict[str, Any] = {
        "max_timeouts": 0,
        "max_limit_exceeded": 0,
        "request_timeout": REQUEST_S,
    }
    client = Client(
        account.homeserver,
        account.user_id,
        account.device_id,
        store_path=str(data / KEYS_FOLDER) if data is not None else "",
        config=keys_config(data, **patience)
        if data is not None
        else AsyncClientConfig(encryption_enabled=False, **patience),
    )
    client.restore_login(account.user_id, account.device_id, account.token)
    return client


def checked(answer: Answer | ErrorResponse, doing: Text) -> Answer:
    """The answer, if it is none of an error. Raises MatrixError."""
    if not isinstance(answer, ErrorResponse):
        return answer
    code = answer.status_code or f"HTTP {status_of(answer)}"
    if code in _LOGIN_IS_OVER:
        raise LoginEndedError(
            Text(
                "matrix: the server no longer takes this login ({code}); log in again with "
                "{command}",
                code=code,
                command=LOGIN_COMMAND,
            )
        )
    if code == "M_LIMIT_EXCEEDED" or status_of(answer) == 429:
        seconds = max((answer.retry_after_ms or 5_000) / 1000, 0.1)
        raise TooManyError(
            Text(
                "matrix: {doing}: the server asks to wait {seconds} s",
                doing=doing,
                seconds=round(seconds),
            ),
            seconds,
        )
    if not answer.status_code:
        raise MatrixError(
            Text(
                "matrix: {doing} failed ({code}), and the answer is none of a Matrix server; "
                "is the address right, and is there a proxy between?",
                doing=doing,
                code=code,
            ),
            code,
        )
    raise MatrixError(Text("matrix: {doing} failed ({code})", doing=doing, code=code), code)


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask again after each TooManyError, when the server wants it."""
    while True:
        try:
            return await ask()
        except TooManyError as error:
            await asyncio.sleep(error.seconds)


def is_gone(error: MatrixError) -> bool:
    """Whether the server will never show it: the owner is no longer there, or nothing is."""
    return error.code in ("M_FORBIDDEN", "M_NOT_FOUND", "M_GUEST_ACCESS_FORBIDDEN")


def status_of(answer: ErrorResponse) -> int:
    """The HTTP status; 0 where none is known."""
    status: int = getattr(answer.transport_response, "status", 0)
    return status


@contextmanager
def explained(homeserver: str) -> Iterator[None]:
    """Say in one line why the server can't be reached. Raises MatrixError."""
    try:
        yield
    except ClientConnectorCertificateError:
        raise MatrixError(
            Text(
                "matrix: the certificate of {homeserver} is not valid; is the address right, "
                "and this machine's clock?",
                homeserver=homeserver,
            )
        ) from None
    except TimeoutError:
        raise MatrixError(
            Text("matrix: {homeserver} does not answer in time", homeserver=homeserver)
        ) from None
    except (ClientError, OSError) as error:
        cause = getattr(error, "strerror", None) or type(error).__name__
        raise MatrixError(
            Text(
                "matrix: {homeserver} can't be reached ({cause}); check the network and the "
                "address",
                homeserver=homeserver,
                cause=cause,
            )
        ) from None

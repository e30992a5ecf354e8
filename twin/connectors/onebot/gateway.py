"""One websocket to a OneBot v11 gateway: calls with their answers, and the events it tells."""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
from aiohttp import ClientWebSocketResponse, WSMsgType

from storage.errors import TwinError
from storage.texts import Text
from twin.connectors.onebot.settings import TOKEN_VARIABLE

log = logging.getLogger(__name__)

Frame = dict[str, Any]
CONNECT_S = 15.0
ANSWER_S = 30.0  # NapCat itself gives up after 10, LLBot later
LARGEST_FRAME = 64 * 2**20  # bytes; NapCat's are 50 MiB at most
_DONE, _ACCEPTED, _WRONG_TOKEN = 0, 1, 1403
_HEARTBEAT, _NOBODY = "heartbeat", "nobody"  # the `echo` of calls whose answer nobody waits for


class GatewayError(TwinError):
    """The gateway can't be reached, refuses, or is gone.

    `retcode` and `said` are its own words for why; they may quote what a friend wrote.
    """

    def __init__(self, message: str, retcode: int = 0, said: str = "") -> None:
        super().__init__(message)
        self.retcode, self.said = retcode, said


class NoAnswerError(GatewayError):
    """The call left and was not answered: nobody knows whether it had its effect."""


class Gateway:
    """`on_event` is called with each event, in the order in which they come; it must not raise.

    `on_frame` is called with whatever comes, answers included.
    """

    def __init__(
        self,
        url: str,
        token: str,
        on_event: Callable[[Frame], None],
        on_frame: Callable[[], None] = lambda: None,
    ) -> None:
        self._url, self._token = url, token
        self._place = urlsplit(url).netloc  # settings take no address with a secret in it
        self._on_event, self._on_frame = on_event, on_frame
        self._http: aiohttp.ClientSession | None = None
        self._socket: ClientWebSocketResponse | None = None
        self._waiting: dict[str, asyncio.Future[Frame]] = {}

    @property
    def is_connected(self) -> bool:
        return self._socket is not None and not self._socket.closed

    async def connect(self) -> None:
        """Raises GatewayError. A wrong token may show only in `read`."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        self._http = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(CONNECT_S):
                self._socket = await self._http.ws_connect(
                    self._url, headers=headers, max_msg_size=LARGEST_FRAME
                )
        except aiohttp.WSServerHandshakeError as error:
            if error.status in (401, 403):
                raise self._wrong_token() from None
            raise GatewayError(
                Text(
                    "{place} answers HTTP {status}: no OneBot websocket is there; set "
                    "[connectors.onebot] url to the gateway's websocket server",
                    place=self._place,
                    status=error.status,
                )
            ) from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise GatewayError(
                Text(
                    "the gateway {place} can't be reached ({reason}); start it, switch its "
                    "websocket server on, or correct [connectors.onebot] url",
                    place=self._place,
                    reason=reason,
                )
            ) from None

    async def read(self) -> None:
        """Take what comes until the connection ends, which is a GatewayError.

        Whoever waits for an answer then gets NoAnswerError.
        """
        assert self._socket is not None
        try:
            while True:
                message = await self._socket.receive()
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    break
                self._on_frame()
                frame = _frame(message.data)
                if frame is not None:
                    self._take(frame)
        finally:
            self._answer_nobody()
        if self._socket.close_code == 1008:
            raise self._wrong_token()
        raise GatewayError(
            Text("the gateway {place} closed the connection; connecting again", place=self._place)
        )

    def _take(self, frame: Frame) -> None:
        if "post_type" in frame:
            self._on_event(frame)
            return
        echo = frame.get("echo")
        waiting = self._waiting.get(echo) if isinstance(echo, str) else None
        if waiting is not None and not waiting.done():  # NapCat answers some calls several times
            waiting.set_result(frame)
        elif echo == _HEARTBEAT:
            self._on_event({"meta_event_type": "heartbeat", "status": frame.get("data")})
        elif not echo and frame.get("retcode") == _WRONG_TOKEN:
            raise self._wrong_token()

    async def call(self, action: str, /, **params: Any) -> Any:
        """The answer's data. Raises GatewayError where the gateway refuses, and NoAnswerError."""
        echo = uuid4().hex
        self._waiting[echo] = waiting = asyncio.get_running_loop().create_future()
        try:
            await self.tell(action, echo, **params)
            async with asyncio.timeout(ANSWER_S):
                answer = await waiting
        except TimeoutError:
            raise NoAnswerError(
                Text(
                    "the gateway {place} did not answer {action} within {seconds} s",
                    place=self._place,
                    action=action,
                    seconds=round(ANSWER_S),
                )
            ) from None
        finally:
            self._waiting.pop(echo, None)
        retcode = answer.get("retcode")
        if retcode not in (_DONE, _ACCEPTED):
            raise _refusal(action, answer)
        return answer.get("data")

    async def ask_heartbeat(self) -> None:
        """Make the gateway tell one, though it may have none of its own."""
        await self.tell("get_status", _HEARTBEAT)

    async def tell(self, action: str, echo: str = _NOBODY, /, **params: Any) -> None:
        """Call without waiting for an answer."""
        if self._socket is None or self._socket.closed:
            raise GatewayError(Text("the gateway {place} is not connected", place=self._place))
        frame = {"action": action, "params": params, "echo": echo}
        try:
            await self._socket.send_str(json.dumps(frame))
        except (aiohttp.ClientError, ConnectionError) as error:
            reason = type(error).__name__
            raise NoAnswerError(
                Text("the gateway {place} is gone ({reason})", place=self._place, reason=reason)
            ) from None

    async def close(self) -> None:
        self._answer_nobody()
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):  # a gateway that hangs says no good-bye
                if self._socket is not None:
                    await self._socket.close()
        if self._http is not None:
            await self._http.close()

    def _answer_nobody(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(
                    NoAnswerError(Text("the gateway {place} is gone", place=self._place))
                )

    def _wrong_token(self) -> GatewayError:
        return GatewayError(
            Text(
                "the gateway {place} refuses the token; set {name} to the token of its "
                "websocket server",
                place=self._place,
                name=TOKEN_VARIABLE,
            ),
            _WRONG_TOKEN,
        )


def _frame(data: str | bytes) -> Frame | None:
    try:
        frame = json.loads(data)
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict):
        log.debug("qq: a frame that is none is ignored")
        return None
    return frame


def _refusal(action: str, answer: Frame) -> GatewayError:
    retcode = answer.get("retcode")
    said = str(answer.get("wording") or answer.get("message") or "")
    number = retcode if isinstance(retcode, int) else -1
    return GatewayError(
        Text("the gateway refuses {action} ({number})", action=action, number=number), number, said
    )

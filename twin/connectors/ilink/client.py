"""Requests to WeChat's bot server, and what its refusals mean.

After the source of Tencent's plugin @tencent-weixin/openclaw-weixin 2.4.3 (MIT).
"""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import aiohttp

from storage.errors import TwinError
from storage.texts import Text
from twin.connectors.ilink.account import LOGIN_COMMAND
from twin.terminal import one_line

SERVER = "https://ilinkai.weixin.qq.com"
# Who we are, and which version of the plugin's protocol we speak: 2.4.3 as 0x00MMNNPP.
_BASE_INFO = {"channel_version": "2.4.3", "bot_agent": "DigitalTwin/0.1"}
_HEADERS = {"iLink-App-Id": "bot", "iLink-App-ClientVersion": str(0x020403)}
REQUEST_S = 15.0
POLL_S = 35.0  # so long the server holds a poll, unless it says otherwise
LONGEST_POLL_S = 120.0
_SLACK_S = 10.0  # what an answer may take beyond that
_MOST_BYTES = 4_000_000
_REASON_CHARS = 100

_SESSION_ENDED, _CONVERSATION_CLOSED = -14, -2
_TOO_MANY_REQUESTS, _SERVER_ERROR = 429, 500


class ILinkError(TwinError):
    """A request failed, and certainly did nothing."""


class NoAnswerError(ILinkError):
    """Nobody knows whether the request was carried out."""


class TooLateError(NoAnswerError):
    """There was no answer in time."""


class SessionEndedError(ILinkError):
    """WeChat does not take the token any more."""


class RefusedError(ILinkError):
    """WeChat answers with another error code."""


class ConversationClosedError(RefusedError):
    """WeChat takes no message before the owner has written."""


class TooManyRequestsError(ILinkError):
    """The server asks to wait."""


@asynccontextmanager
async def open_session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to the server, through the proxy of the environment if there is one."""
    async with aiohttp.ClientSession(trust_env=True, headers=_HEADERS) as session:
        yield session


class ILinkClient:
    """One bot at one server; without a token, for the login alone."""

    def __init__(
        self, session: aiohttp.ClientSession, server: str = SERVER, token: str = ""
    ) -> None:
        self._session, self.server, self._token = session, server.rstrip("/"), token
        self._poll_s = POLL_S

    async def new_code(self, known_tokens: list[str]) -> dict[str, Any]:
        """A login code. Whose tokens are known tells the server which bot is here already."""
        body = {"local_token_list": known_tokens}
        return await self._request("POST", "get_bot_qrcode", {"bot_type": "3"}, body)

    async def code_state(self, code: str, number: str | None) -> dict[str, Any]:
        """What became of a login code; held by the server until something does."""
        query = {"qrcode": code} | ({"verify_code": number} if number else {})
        return await self._request("GET", "get_qrcode_status", query, limit_s=POLL_S + _SLACK_S)

    async def check(self, owner_id: str, context_token: str) -> None:
        """Raises SessionEndedError where the token is not taken."""
        body = {"ilink_user_id": owner_id, "context_token": context_token}
        with suppress(RefusedError):  # of what is asked here only the token matters
            await self._request("POST", "getconfig", body=body | {"base_info": _BASE_INFO})

    async def updates(self, cursor: str) -> dict[str, Any]:
        """What was written since; empty where nothing was within the server's patience."""
        body = {"get_updates_buf": cursor, "base_info": _BASE_INFO}
        try:
            found = await self._request(
                "POST", "getupdates", body=body, limit_s=self._poll_s + _SLACK_S
            )
        except TooLateError:
            return {}
        patience_ms = found.get("longpolling_timeout_ms")
        if isinstance(patience_ms, int) and patience_ms > 0:
            self._poll_s = min(patience_ms / 1000, LONGEST_POLL_S)
        return found

    async def send(self, owner_id: str, context_token: str, text: str, key: str) -> None:
        """Raises NoAnswerError where it may have arrived, else another ILinkError."""
        message = {
            "from_user_id": "",
            "to_user_id": owner_id,
            "client_id": key,
            "message_type": 2,  # a bot's
            "message_state": 2,  # the whole of it
            "item_list": [{"type": 1, "text_item": {"text": text}}],
            "context_token": context_token,
        }
        await self._request("POST", "sendmessage", body={"msg": message, "base_info": _BASE_INFO})

    async def _request(
        self,
        method: str,
        name: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        limit_s: float = REQUEST_S,
    ) -> dict[str, Any]:
        """The answer. Raises ILinkError, of the kind that says what is known."""
        with _explained(self.server, limit_s):
            async with self._session.request(
                method,
                f"{self.server}/ilink/bot/{name}",
                params=query,
                json=body,
                headers=self._headers() if method == "POST" else {},
                timeout=aiohttp.ClientTimeout(limit_s),
                allow_redirects=False,  # they would take the token elsewhere
            ) as response:
                _check_status(response.status, self.server)
                content = await _read(response)
        return _checked(content, self.server)

    def _headers(self) -> dict[str, str]:
        number = str(int.from_bytes(secrets.token_bytes(4), "big"))
        return {
            "AuthorizationType": "ilink_bot_token",
            "X-WECHAT-UIN": base64.b64encode(number.encode()).decode(),
        } | ({"Authorization": f"Bearer {self._token}"} if self._token else {})


@contextmanager
def _explained(server: str, limit_s: float) -> Iterator[None]:
    """Raises ILinkError for what goes wrong on the way to the server."""
    try:
        yield
    except aiohttp.ClientConnectorCertificateError:
        raise ILinkError(
            Text(
                "ilink: {server} shows a certificate that is not valid; is this machine's "
                "clock right, and is there a proxy between?",
                server=server,
            )
        ) from None
    except aiohttp.ClientHttpProxyError as error:
        raise ILinkError(
            Text(
                "ilink: the proxy of HTTPS_PROXY does not reach {server} (HTTP {status}); "
                "correct HTTPS_PROXY, or unset it",
                server=server,
                status=error.status,
            )
        ) from None
    except aiohttp.ClientConnectorError:
        raise ILinkError(
            Text("ilink: {server} can't be reached; is this machine online?", server=server)
        ) from None
    except TimeoutError:
        seconds = format(limit_s, "g")
        raise TooLateError(
            Text("ilink: {server} did not answer in {seconds} s", server=server, seconds=seconds)
        ) from None
    except aiohttp.ClientError as error:  # its text may hold the token
        raise NoAnswerError(
            Text(
                "ilink: {server} broke off ({cause}); tried again",
                server=server,
                cause=type(error).__name__,
            )
        ) from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise NoAnswerError(
                Text("ilink: an answer of more than {most} bytes; left unread", most=_MOST_BYTES)
            )
    return bytes(content)


def _check_status(status: int, server: str) -> None:
    if status == _TOO_MANY_REQUESTS:
        raise TooManyRequestsError(
            Text("ilink: {server} asks to wait (HTTP {status})", server=server, status=status)
        )
    if status >= _SERVER_ERROR:
        raise NoAnswerError(
            Text(
                "ilink: {server} failed (HTTP {status}); tried again", server=server, status=status
            )
        )
    if status != 200:
        raise ILinkError(
            Text(
                "ilink: {server} refuses (HTTP {status}); is there a proxy between?",
                server=server,
                status=status,
            )
        )


def _checked(content: bytes, server: str) -> dict[str, Any]:
    """The answer's values. Raises ILinkError for a refusal."""
    try:
        answer = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise NoAnswerError(
            Text("ilink: {server} answers, but not as WeChat does; a proxy between?", server=server)
        )
    codes = [code for code in (answer.get("ret"), answer.get("errcode")) if code]
    if _SESSION_ENDED in codes:
        raise SessionEndedError(
            Text(
                "ilink: WeChat ended the bot's session (-14), or another program logged in "
                "with it; scan the code on the status page or of {command}",
                command=LOGIN_COMMAND,
            )
        )
    if _CONVERSATION_CLOSED in codes:
        raise ConversationClosedError(
            Text("ilink: WeChat sends nothing before you write to the bot")
        )
    if codes:
        reason = one_line(str(answer.get("errmsg") or ""))[:_REASON_CHARS]
        raise RefusedError(
            Text(
                "ilink: WeChat refuses ({codes}: {reason})",
                codes=", ".join(map(str, codes)),
                reason=reason,
            )
        )
    return answer

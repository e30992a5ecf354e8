"""A server, or what stands between, that does not answer as WeChat does."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from twin.connectors.ilink.client import ILinkClient, ILinkError, NoAnswerError, open_session

TOKEN = "a-token-that-nobody-may-see"


class Odd:
    """A server that answers everything with `answer`. `asked`: the paths, in order."""

    def __init__(self) -> None:
        self.answer = web.Response()
        self.asked: list[str] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        return self.answer


@pytest.fixture
def odd() -> Odd:
    return Odd()


async def told(odd: Odd) -> ILinkError:
    """What sending to it raises."""
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", odd.handle)
    async with TestServer(app) as server, open_session() as session:
        client = ILinkClient(session, str(server.make_url("")), TOKEN)
        with pytest.raises(ILinkError) as raised:
            await client.send("owner", "context", "hello", "key")
    assert "\n" not in str(raised.value)
    assert TOKEN not in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    "body", [b"<html>Log in</html>", b"[]", b"null", b"7", b"\xff\xfe", b"[" * 100_000, b"1" * 9000]
)
async def test_an_answer_of_another_kind_leaves_a_doubt(odd: Odd, body: bytes) -> None:
    odd.answer = web.Response(body=body)
    assert isinstance(await told(odd), NoAnswerError)


async def test_an_endless_answer_is_left_unread(odd: Odd) -> None:
    odd.answer = web.Response(body=b'{"ret": 0, "x": "' + b"x" * 5_000_000)
    assert "left unread" in str(await told(odd))


@pytest.mark.parametrize("ret", [[-14], {"a": 1}, "x", True, 10**30])
async def test_an_odd_code_is_a_refusal(odd: Odd, ret: object) -> None:
    odd.answer = web.json_response({"ret": ret, "errmsg": {"a": "\n\x1b[2J"}})
    error = await told(odd)
    assert not isinstance(error, NoAnswerError)
    assert "\x1b" not in str(error)


async def test_a_redirect_does_not_take_the_token_elsewhere(odd: Odd) -> None:
    odd.answer = web.Response(status=307, headers={"Location": "/elsewhere"})
    assert "HTTP 307" in str(await told(odd))
    assert odd.asked == ["/ilink/bot/sendmessage"]


async def test_a_certificate_that_is_not_valid_names_the_clock(
    odd: Odd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        key = aiohttp.client_reqrep.ConnectionKey("h", 443, True, True, None, None, None)
        raise aiohttp.ClientConnectorCertificateError(key, OSError("expired"))

    monkeypatch.setattr(aiohttp.ClientSession, "request", refuse)
    assert "is this machine's clock right" in str(await told(odd))


async def test_a_proxy_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent then."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        async with open_session() as session:
            client = ILinkClient(session, "https://wechat.invalid", TOKEN)
            with pytest.raises(ILinkError, match=r"HTTPS_PROXY .* \(HTTP 502\)") as told:
                await client.send("owner", "context", "hello", "key")
    assert not isinstance(told.value, NoAnswerError)

"""Between the connector and its server: an answer can be lost on the way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, web


class LossyProxy:
    """`url` stands for the server's. `loses`: how many answers to messages are lost next."""

    def __init__(self, server: str, session: ClientSession) -> None:
        self._server, self._session = server, session
        self.url, self.loses = "", 0

    async def pass_on(self, request: web.Request) -> web.Response:
        headers = {
            name: request.headers[name]
            for name in ("Authorization", "Content-Type")
            if name in request.headers
        }
        asked = self._session.request(
            request.method,
            self._server + request.path_qs,
            data=await request.read(),
            headers=headers,
        )
        async with asked as answer:
            body = await answer.read()
        if self.loses and "/send/" in request.path:
            self.loses -= 1
            assert request.transport is not None
            request.transport.abort()
        kind = answer.headers.get("Content-Type", "application/json")
        return web.Response(status=answer.status, body=body, headers={"Content-Type": kind})


@asynccontextmanager
async def lossy_proxy(server: str) -> AsyncIterator[LossyProxy]:
    async with ClientSession() as session:
        proxy, app = LossyProxy(server, session), web.Application()
        app.router.add_route("*", "/{path:.*}", proxy.pass_on)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield proxy
        finally:
            await runner.cleanup()

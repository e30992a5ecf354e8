"""Limit how often the friends' page is loaded: each load builds a page and reads the history."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from twin.connectors.web.connector import WebConnector
from twin.web.secret_links import LoadLimit

PAGES = "/c/"
LOADS_PER_LINK = 20  # a minute


class PageLoads:
    """ASGI middleware: a load too many gets `refusal`. POST is limited by the connector."""

    def __init__(
        self,
        app: ASGIApp,
        connector: WebConnector,
        refusal: Callable[[Request], Response],
    ) -> None:
        self._app, self._connector, self._refusal = app, connector, refusal
        self._loads = LoadLimit(connector.monotonic, LOADS_PER_LINK)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _loads_page(scope) and not self._may_load(scope):
            await self._refusal(Request(scope))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _may_load(self, scope: Scope) -> bool:
        token = scope["path"].removeprefix(PAGES)
        return self._loads.take(token, Request(scope), known=self._connector.knows(token))


def _loads_page(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] in ("GET", "HEAD")
        and scope["path"].startswith(PAGES)
    )

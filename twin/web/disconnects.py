"""Take it for no error when a client leaves in the middle of its request."""

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send


class QuietDisconnects:
    """ASGI middleware: nobody waits for an answer any more, and the log gets no traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return

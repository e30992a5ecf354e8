"""Let only the owner through, except to the paths listed here."""

import re
from urllib.parse import quote

from nicegui.version import __version__ as nicegui_version
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from twin.dashboard.auth.open_pages import OpenPages
from twin.dashboard.auth.sessions import OwnerAuth
from twin.web.sockets import SOCKETS, page_of

COOKIE = "twin_owner"
FIRST_PASSWORD = "/first-password"

# Each is open to everyone because of what stands beside it. All else is the owner's; a socket is
# open to whoever may talk to its page.
_OPEN = re.compile(
    "|".join(
        (
            r"/c/.*",  # friends: the page asks for the link's token
            r"/b/.*",  # friends who judge: the page asks for the link's token
            r"/favicon\.ico",
            # the installed page's shell, which holds nothing of the twin
            r"/manifest\.webmanifest|/service-worker\.js|/offline|/icons/[a-z0-9-]+\.png",
            rf"/_nicegui/{re.escape(nicegui_version)}/(static|libraries|components|resources|esm)/.*",
            rf"/login|/logout|{FIRST_PASSWORD}",
            r"/v1/.*|/api/.*|/metrics",  # programs: each route asks for a key
            r"/healthz",  # says only that the bot lives
        )
    )
)


def is_open(path: str) -> bool:
    return _OPEN.fullmatch(path) is not None


class OwnerMiddleware:
    """ASGI middleware. The owner's session is in `request.state.owner` behind it."""

    def __init__(self, app: ASGIApp, auth: OwnerAuth, pages: OpenPages) -> None:
        self._app, self._auth, self._pages = app, auth, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._admits(HTTPConnection(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            back = "" if scope["path"] == "/" else f"?next={quote(scope['path'])}"
            await RedirectResponse(f"/login{back}", 303)(scope, receive, send)
        else:
            answer = PlainTextResponse("log in at /login first\n", status_code=401)
            await answer(scope, receive, send)

    def _admits(self, connection: HTTPConnection) -> bool:
        path, token = connection.scope["path"], connection.cookies.get(COOKIE)
        if path.startswith(SOCKETS):
            return self._pages.may_talk(page_of(connection.scope), token)
        if is_open(path):
            return True
        connection.state.owner = self._auth.owner_of(token)
        return connection.state.owner is not None

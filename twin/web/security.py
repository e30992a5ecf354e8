"""Protect every page and socket: known host names, no foreign origins, strict headers."""

import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twin.config.network_values import host_name
from twin.web.hints import Hints

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
SOCKETS = "/_nicegui_ws/"
# NiceGUI compiles its templates in the browser, so "unsafe-eval" stays; scripts in the page's text
# run only with the nonce of this one response.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' 'nonce-{nonce}'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with it a form's Origin is "null", which is no origin of ours.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class AllowedHosts:
    """The names under which browsers may reach the bot.

    A page elsewhere can point its own name at this machine (DNS rebinding) and would then be of the
    bot's origin. It can't do that with an address, so those are always allowed.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = {"localhost", *(name.lower() for name in names)}

    def allow(self, host: str) -> bool:
        """Whether that Host header names the bot."""
        name = name_in(host)
        return name in self._names or _is_address(name)


def name_in(host: str) -> str:
    """The name or address in a Host header; empty where there is none."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name if _is_address(name) else host_name(name)
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether only programs on this machine reach that host or address."""
    if name.lower() == "localhost":
        return True
    return _is_address(name) and ipaddress.ip_address(name).is_loopback


def is_foreign(method: str | None, path: str, headers: Mapping[str, str]) -> bool:
    """Whether the request comes from a page of another origin. `method` None: a new websocket.

    Browsers name that page in Origin or Sec-Fetch-Site. They never send a key in Authorization by
    themselves, so that no page can use one without having it.
    """
    opens_socket = method is None
    if not opens_socket and method in SAFE_METHODS and not path.startswith(SOCKETS):
        return False
    if "authorization" in headers and not opens_socket:
        return False
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        return _host_of(origin) != headers.get("host", "").lower()
    if site is not None:
        return site != "same-origin"
    # No browser, or one that hides the origin: refused if it sends a cookie.
    return opens_socket or (method not in SAFE_METHODS and "cookie" in headers)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # as in "http://[::1": no browser sends it
        return None


class SecurityMiddleware:
    """ASGI middleware: refuses foreign requests and adds the headers to every response."""

    def __init__(self, app: ASGIApp, names: AllowedHosts, hints: Hints) -> None:
        self._app, self._names, self._hints = app, names, hints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        # NiceGUI would put it before every address of the page.
        scope["headers"] = [
            (key, value) for key, value in scope["headers"] if key != b"x-forwarded-prefix"
        ]
        refused = self._refusal(scope)
        if refused is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif refused is not None:
            await refused(scope, receive, _SecuredResponse(send).send)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _SecuredResponse(send).send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = name_in(host)
        if not self._names.allow(host):
            self._hints.unknown_name(name)
            text = (
                f"{name or 'this'}: not a name of this bot; add it to [web] names in config.toml\n"
            )
            return PlainTextResponse(text, status_code=421)
        if "x-forwarded-for" in headers and scope.get("client"):
            self._hints.forwarded_by(scope["client"][0])
        method = scope["method"] if scope["type"] == "http" else None
        if is_foreign(method, scope["path"], headers):
            self._hints.foreign_page(headers.get("origin", ""), name)
            return PlainTextResponse("another page's request\n", status_code=403)
        return None


class _SecuredResponse:
    """One response with the headers. The scripts in a page get the nonce that lets them run."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._nonce = secrets.token_urlsafe(16)
        self._start: Message | None = None
        self._page = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            # A route may set a stricter one.
            headers.setdefault("Content-Security-Policy", _POLICY.format(nonce=self._nonce))
            headers.update(_HEADERS)
            headers.setdefault("Cache-Control", "no-store")
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message  # its length is known once the nonces are in
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._page += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        # In texts of others "<" is escaped, so each of these tags is the program's own.
        body = bytes(self._page).replace(b"<script", b'<script nonce="%s"' % self._nonce.encode())
        headers = MutableHeaders(raw=start["headers"])
        if headers.get("content-length") not in (None, "0"):
            headers["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})

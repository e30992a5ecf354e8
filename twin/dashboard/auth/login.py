"""Logging in and out: plain forms, so that they work before anything else does."""

import html
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from storage.errors import InputError
from twin.dashboard import login_words as words
from twin.dashboard.auth.middleware import COOKIE
from twin.dashboard.auth.password import LONGEST, SHORTEST
from twin.dashboard.auth.sessions import LoginRefused, OwnerAuth
from twin.dashboard.static import STATIC
from twin.dashboard.words import Language, Words, language_of
from twin.web.server import VIEWPORT

CSS = (STATIC / "dashboard.css").read_text(encoding="utf-8")
MOST_BYTES = 8192


def add_login(app: FastAPI, auth: OwnerAuth) -> None:
    """The routes that are open without a session: /login, /setup and /logout."""

    @app.get("/login")
    async def login_page(request: Request) -> Response:
        problem = words.NO_PASSWORD if auth.needs_password() else None
        return _login_form(request, problem)

    @app.post("/login")
    async def log_in(request: Request) -> Response:
        given = await _form(request)
        try:
            token = await auth.log_in(_address(request), given.get("password", ""))
        except LoginRefused as refused:
            status = 429 if refused.why == "too_often" else 403
            return _login_form(request, words.REFUSED[refused.why], status, given.get("next", ""))
        return _welcome(request, token, given.get("next", ""))

    @app.get("/setup")
    async def setup_page(request: Request, token: str = "") -> Response:
        return _setup_form(request, token)

    @app.post("/setup")
    async def set_up(request: Request) -> Response:
        given = await _form(request)
        password, link = given.get("password", ""), given.get("token", "")
        if password != given.get("again"):
            return _setup_form(request, link, words.DIFFERENT, 400)
        try:
            token = await auth.set_up(_address(request), link, password)
        except LoginRefused as refused:
            return _setup_form(request, link, words.REFUSED[refused.why], 403)
        except InputError:
            return _setup_form(request, link, words.SHORT, 400)
        return _welcome(request, token, "")

    @app.post("/logout")
    async def log_out(request: Request) -> Response:
        auth.log_out(request.cookies.get(COOKIE))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer


def _welcome(request: Request, token: str, back: str) -> Response:
    # Only a path of ours: "//elsewhere" would be another site.
    ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = RedirectResponse(back if ours else "/", 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure)
    return answer


async def _form(request: Request) -> dict[str, str]:
    """The first value of each field; nothing of a form that is too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _language(request: Request) -> Language:
    return language_of(None, request.headers.get("accept-language", ""))


def _login_form(
    request: Request, problem: Words | None = None, status: int = 200, back: str | None = None
) -> HTMLResponse:
    language = _language(request)
    back = request.query_params.get("next", "") if back is None else back
    fields = _hidden("next", back) + _field("password", words.PASSWORD.to(language), "current")
    return _page(language, "/login", words.LOGIN, fields, problem, status)


def _setup_form(
    request: Request, token: str, problem: Words | None = None, status: int = 200
) -> HTMLResponse:
    language = _language(request)
    fields = (
        f"<p>{html.escape(words.SET_UP_HINT.to(language, shortest=SHORTEST))}</p>"
        + _hidden("token", token)
        + _field("password", words.PASSWORD.to(language), "new")
        + _field("again", words.AGAIN.to(language), "new")
    )
    return _page(language, "/setup", words.SET_UP, fields, problem, status)


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{html.escape(value)}">'


def _field(name: str, label: str, use: str) -> str:
    return (
        f'<label for="{name}">{html.escape(label)}</label><input id="{name}" name="{name}" '
        f'type="password" autocomplete="{use}-password" required>'
    )


def _page(
    language: Language, action: str, title: Words, fields: str, problem: Words | None, status: int
) -> HTMLResponse:
    name = html.escape(title.to(language))
    said = problem.to(language, shortest=SHORTEST, longest=LONGEST) if problem else ""
    alert = f'<p role="alert" class="own-alert">{html.escape(said)}</p>' if said else ""
    return HTMLResponse(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="{VIEWPORT}"><meta name="robots" content="noindex">'
        f"<title>{name}</title><style>{CSS}</style></head><body class='own-login'><main>"
        f'<form method="post" action="{action}" class="own-card"><h1>{name}</h1>{alert}{fields}'
        f'<button class="own-button own-strong">{name}</button></form></main></body></html>',
        status_code=status,
    )

"""Login, logout and passwords, as plain forms that work without scripts."""

import html
from collections.abc import Callable, Mapping

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from storage.errors import InputError
from twin.dashboard.auth.middleware import COOKIE, FIRST_PASSWORD
from twin.dashboard.auth.password import LONGEST, SHORTEST
from twin.dashboard.auth.sessions import LoginRefused, OwnerAuth, Refusal
from twin.dashboard.installed import head_of
from twin.dashboard.static import STATIC
from twin.language import N_, Language, language_for
from twin.web.app import VIEWPORT
from twin.web.bodies import form_of

CSS = (STATIC / "dashboard.css").read_text(encoding="utf-8")
MOST_BYTES = 8192
NO_PASSWORD = N_(
    "No password has been set. Open the link that the bot printed in its terminal, or run: bot.py "
    "password"
)
DIFFERENT = N_("The passwords don't match.")
SHORT = N_("Please use {shortest} to {longest} characters.")
REFUSED: Mapping[Refusal, str] = {
    "unset": NO_PASSWORD,
    "wrong": N_("Wrong password."),
    "too_often": N_("Too many attempts. Please wait 15 minutes."),
    "bad_link": N_("This link is not valid. The bot prints a new one when it starts again."),
}


def add_login(app: FastAPI, auth: OwnerAuth, home: Callable[[], str]) -> None:
    """/login, /logout and the first password, open without a session, and /password, which is not.

    `home`: the page that follows where none was asked for.
    """
    _add_first_password(app, auth, home)
    _add_change(app, auth)

    @app.get("/login")
    async def login_page(request: Request) -> Response:
        problem = NO_PASSWORD if auth.needs_password() else None
        return _login_form(request, problem)

    @app.post("/login")
    async def log_in(request: Request) -> Response:
        given = await form_of(request, MOST_BYTES)
        try:
            token = await auth.log_in(_address(request), given.get("password", ""))
        except LoginRefused as refused:
            status = 429 if refused.why == "too_often" else 403
            return _login_form(request, REFUSED[refused.why], status, given.get("next", ""))
        return _welcome(request, token, given.get("next", "") or home())

    @app.post("/logout")
    async def log_out(request: Request) -> Response:
        auth.log_out(request.cookies.get(COOKIE))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer


def _add_first_password(app: FastAPI, auth: OwnerAuth, home: Callable[[], str]) -> None:
    """The route for the first password."""

    @app.get(FIRST_PASSWORD)
    async def first_password_page(request: Request, token: str = "") -> Response:
        return _first_form(request, token)

    @app.post(FIRST_PASSWORD)
    async def set_first_password(request: Request) -> Response:
        given = await form_of(request, MOST_BYTES)
        password, link = given.get("password", ""), given.get("token", "")
        if password != given.get("again"):
            return _first_form(request, link, DIFFERENT, 400)
        try:
            token = await auth.set_first_password(_direct_address(request), link, password)
        except LoginRefused as refused:
            return _first_form(request, link, REFUSED[refused.why], 403)
        except InputError:
            return _first_form(request, link, SHORT, 400)
        return _welcome(request, token, home())


def _add_change(app: FastAPI, auth: OwnerAuth) -> None:
    """The route for another password. Whoever finds an open page does not know the current one."""

    @app.get("/password")
    async def password_page(request: Request) -> Response:
        return _password_form(request)

    @app.post("/password")
    async def change_password(request: Request) -> Response:
        given = await form_of(request, MOST_BYTES)
        new = given.get("password", "")
        if new != given.get("again"):
            return _password_form(request, DIFFERENT, 400)
        try:
            token = await auth.change_password(_address(request), given.get("current", ""), new)
        except LoginRefused as refused:
            status = 429 if refused.why == "too_often" else 403
            return _password_form(request, REFUSED[refused.why], status)
        except InputError:
            return _password_form(request, SHORT, 400)
        return _welcome(request, token, "/settings")


def _welcome(request: Request, token: str, back: str) -> Response:
    # Only a path of ours: "//elsewhere" would be another site.
    ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = RedirectResponse(back if ours else "/", 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure)
    return answer


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _direct_address(request: Request) -> str:
    """Empty for what came through a proxy, which may be anybody's."""
    return "" if "x-forwarded-for" in request.headers else _address(request)


def language_of(request: Request) -> Language:
    """What the owner chose in this browser, or what it asks for."""
    owner = getattr(request.state, "owner", None)
    return language_for(request.headers.get("accept-language", ""), owner and owner.language)


def _login_form(
    request: Request, problem: str | None = None, status: int = 200, back: str | None = None
) -> HTMLResponse:
    language = language_of(request)
    back = request.query_params.get("next", "") if back is None else back
    fields = _hidden("next", back) + _field("password", language.say("Password"), "current")
    return _page(language, "/login", N_("Log in"), fields, problem, status)


def _first_form(
    request: Request, token: str, problem: str | None = None, status: int = 200
) -> HTMLResponse:
    language = language_of(request)
    hint = language.say(
        "You log in to these pages with it. At least {shortest} characters.", shortest=SHORTEST
    )
    fields = _paragraph(hint) + _hidden("token", token) + _new_password(language, N_("Password"))
    return _page(language, FIRST_PASSWORD, N_("Set a password"), fields, problem, status)


def _password_form(request: Request, problem: str | None = None, status: int = 200) -> HTMLResponse:
    language = language_of(request)
    hint = language.say(
        "At least {shortest} characters. All other browsers are logged out, and no device is told "
        "of anything until you add it again.",
        shortest=SHORTEST,
    )
    back = html.escape(language.say("Back to the settings"))
    fields = (
        _paragraph(hint)
        + _field("current", language.say("Current password"), "current")
        + _new_password(language, N_("New password"))
        + f'<p><a href="/settings">{back}</a></p>'
    )
    return _page(language, "/password", N_("Change password"), fields, problem, status)


def _new_password(language: Language, name: str) -> str:
    again = _field("again", language.say("Repeat password"), "new")
    return _field("password", language.say(name), "new") + again


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{html.escape(value)}">'


def _field(name: str, label: str, use: str) -> str:
    return (
        f'<label for="{name}">{html.escape(label)}</label><input id="{name}" name="{name}" '
        f'type="password" autocomplete="{use}-password" required>'
    )


def _page(
    language: Language, action: str, title: str, fields: str, problem: str | None, status: int
) -> HTMLResponse:
    name = html.escape(language.say(title))
    said = language.say(problem, shortest=SHORTEST, longest=LONGEST) if problem else ""
    alert = f'<p role="alert" class="own-alert">{html.escape(said)}</p>' if said else ""
    return HTMLResponse(
        f'<!doctype html><html lang="{language.tag}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="{VIEWPORT}"><meta name="robots" content="noindex">'
        f"{head_of(language, None)}<title>{name}</title><style>{CSS}</style></head>"
        "<body class='own-login'><main>"
        f'<form method="post" action="{action}" class="own-card"><h1>{name}</h1>{alert}{fields}'
        f'<button class="own-button own-strong">{name}</button></form></main></body></html>',
        status_code=status,
    )

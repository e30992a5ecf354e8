"""What pages behind secret links share: how often they may be opened, and the page that says no."""

import html
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse

from twin.language import N_, Language, language_for
from twin.web.app import VIEWPORT
from twin.web.rate_limit import RateLimit

WINDOW_S = 60.0
LOADS_PER_ADDRESS = 30  # of links that don't exist

GONE_TITLE = N_("This link doesn't work")
GONE = N_("This link was closed or never existed. Ask your friend for a new one.")
TOO_OFTEN_TITLE = N_("One moment")
TOO_OFTEN = N_("This page was opened very often. It comes back by itself in a minute.")


class LoadLimit:
    """At most `per_link` loads of a link in a minute. Unknown links are counted by address, so that
    guesses hold up nobody whose link is good.
    """

    def __init__(self, monotonic: Callable[[], float], per_link: int) -> None:
        self._links = RateLimit(monotonic, WINDOW_S, per_link)
        self._addresses = RateLimit(monotonic, WINDOW_S, LOADS_PER_ADDRESS)

    def take(self, token: str, request: Request, *, known: bool) -> bool:
        """Note a load now; False when it is one too many."""
        if known:
            return self._links.take(token)
        return self._addresses.take(request.client.host if request.client else "")


def language_of(request: Request) -> Language:
    """What the browser asks for."""
    return language_for(request.headers.get("accept-language", ""))


def gone_page(request: Request, head: str) -> HTMLResponse:
    """The answer to a link that was closed or never made."""
    return notice_page(request, GONE_TITLE, GONE, head, 404)


def too_often_page(request: Request, head: str) -> HTMLResponse:
    """The answer to a load too many."""
    response = notice_page(request, TOO_OFTEN_TITLE, TOO_OFTEN, head, 429)
    response.headers["Retry-After"] = response.headers["Refresh"] = str(round(WINDOW_S))
    return response


def notice_page(
    request: Request, heading: str, told: str, head: str, status: int = 200
) -> HTMLResponse:
    """A page of a title and a sentence. `head`: what its head has besides, as HTML."""
    language = language_of(request)
    title, text = html.escape(language.say(heading)), html.escape(language.say(told))
    body = (
        f'<!doctype html><html lang="{language.tag}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="{VIEWPORT}">{head}<title>{title}</title></head><body>'
        f'<main class="notice"><h1>{title}</h1><p role="status">{text}</p></main></body></html>'
    )
    return HTMLResponse(body, status, headers={"Cache-Control": "no-store"})

"""What a browser needs to install the pages on a phone or computer, and to open them without a bot.

All of it is open to everyone: browsers fetch it without cookies, and it holds nothing of the twin.
"""

import html
import json
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from twin.dashboard.static import STATIC
from twin.language import N_, Language, language_for
from twin.web.app import VIEWPORT

DAY_S = 24 * 3600
NAME, SHORT_NAME = N_("AI twin"), N_("Twin")
OFFLINE_TITLE = N_("The bot can't be reached")
OFFLINE = N_(
    "It may be switched off, or this device has no connection to it. What was written is kept: the "
    "pages are back once the bot runs."
)
# The head of the pages, of which the browser's own frame is the prolongation.
COLOURS: Mapping[str, str] = {"light": "#ffffff", "dark": "#1e212c"}
BACKGROUND = "#4450c4"
ICONS = (
    ("icon-192", 192, "any"),
    ("icon-512", 512, "any"),
    ("icon-maskable-192", 192, "maskable"),
    ("icon-maskable-512", 512, "maskable"),
)
PICTURES = (*(name for name, _, _ in ICONS), "apple-touch-icon", "badge-96")
_WORKER = (STATIC / "service-worker.js").read_text("utf-8")
_CSS = (STATIC / "dashboard.css").read_text("utf-8")


def add_installed(app: FastAPI) -> None:
    """The manifest, the icons, the service worker and the page that it shows without a bot."""

    @app.get("/manifest.webmanifest")
    async def manifest(request: Request, lang: str = "") -> Response:
        written = json.dumps(_manifest(_language(request, lang)), ensure_ascii=False)
        return Response(written, media_type="application/manifest+json")

    @app.get("/service-worker.js")
    async def service_worker() -> Response:
        return Response(_WORKER, media_type="text/javascript")

    @app.get("/offline")
    async def offline(request: Request, lang: str = "") -> HTMLResponse:
        return HTMLResponse(_offline_page(_language(request, lang)))

    @app.get("/icons/{name}.png")
    async def icon(name: str) -> Response:
        if name not in PICTURES:
            return Response(status_code=404)
        kept = {"Cache-Control": f"public, max-age={DAY_S}"}
        return FileResponse(STATIC / f"{name}.png", headers=kept)


def head_of(language: Language, theme: str | None) -> str:
    """What the head of each page has of it. `theme`: "light", "dark", or as the system has it."""
    if theme is not None and theme in COLOURS:
        colours = f'<meta name="theme-color" content="{COLOURS[theme]}">'
    else:
        colours = "".join(
            f'<meta name="theme-color" content="{colour}" media="(prefers-color-scheme: {name})">'
            for name, colour in COLOURS.items()
        )
    title = html.escape(language.say(SHORT_NAME))
    return (
        f'<link rel="manifest" href="/manifest.webmanifest?lang={quote(language.tag)}">'
        '<link rel="apple-touch-icon" href="/icons/apple-touch-icon.png">'
        f'<meta name="apple-mobile-web-app-title" content="{title}">' + colours
    )


def _language(request: Request, tag: str) -> Language:
    return language_for(request.headers.get("accept-language", ""), tag)


def _manifest(language: Language) -> dict[str, object]:
    return {
        "id": "/",
        "name": language.say(NAME),
        "short_name": language.say(SHORT_NAME),
        "lang": language.tag,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": COLOURS["light"],
        "icons": [
            {
                "src": f"/icons/{name}.png",
                "sizes": f"{side}x{side}",
                "type": "image/png",
                "purpose": purpose,
            }
            for name, side, purpose in ICONS
        ],
    }


def _offline_page(language: Language) -> str:
    title, text, again = map(
        html.escape, map(language.say, (OFFLINE_TITLE, OFFLINE, N_("Try again")))
    )
    return (
        f'<!doctype html><html lang="{language.tag}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="{VIEWPORT}"><title>{title}</title><style>{_CSS}</style>'
        '</head><body class="own-login"><main><div class="own-card">'
        f'<h1>{title}</h1><p role="status">{text}</p>'
        # An empty address is the one that was asked for.
        f'<p><a class="own-button" href="">{again}</a></p></div></main></body></html>'
    )

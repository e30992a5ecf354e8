"""Register pages: each has a section, and all are for the owner only."""

import inspect
from collections.abc import Awaitable, Callable
from copy import copy
from typing import Any, get_args

from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import ui
from nicegui.language import Language as NiceGUILanguage

from storage.owner_sessions import OwnerSession
from twin.dashboard.auth.open_pages import OpenPages
from twin.dashboard.auth.sessions import OwnerAuth
from twin.dashboard.context import DashboardContext
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.layout import Section, frame
from twin.language import Language, language_for

CHECK_S = 5.0  # how long a page may stay open after its session ended somewhere else
# Fills the page; what follows `view` comes from the address, as FastAPI reads it.
Build = Callable[..., Awaitable[None] | None]
DARK = {"dark": True, "light": False}


def _nicegui_language(language: Language) -> NiceGUILanguage:
    """NiceGUI's own texts, which are few; in English where it doesn't know the language."""
    known: tuple[NiceGUILanguage, ...] = get_args(NiceGUILanguage)
    return next((name for name in known if name == language.tag), "en-US")


class Pages:
    """The pages of one start of the bot."""

    def __init__(self, context: DashboardContext, auth: OwnerAuth) -> None:
        self.context, self.auth = context, auth
        self.open = OpenPages(auth)
        self._sections: dict[Section, str] = {}

    def add(self, path: str, section: Section, build: Build) -> None:
        """Serve the page. The first of a section is where the navigation leads."""
        self._sections.setdefault(section, path)

        async def page(request: Request, **given: Any) -> RedirectResponse | None:
            owner = getattr(request.state, "owner", None)
            if owner is None:  # the gate was here before; a page is not to rely on it alone
                return RedirectResponse("/login", 303)
            view = self._enter(request, owner)
            with frame(view, section, self._sections):
                built = build(view, **given)
                if built is not None:
                    await built
            return None

        _, *own = inspect.signature(build, eval_str=True).parameters.values()
        asked = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        # FastAPI reads from the signature what to take from the address.
        page.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [asked.replace(annotation=Request), *own]
        )
        ui.page(path)(page)

    def _enter(self, request: Request, owner: OwnerSession) -> PageView:
        client = ui.context.client
        self.open.admit(client, owner.key)
        ui.timer(CHECK_S, lambda: self.open.is_alive(client))
        accepted = request.headers.get("accept-language", "")
        view = PageView(self.context, self.auth, owner, language_for(accepted, owner.language))
        # NiceGUI reads these from the page, which all visitors share; this visitor gets their own.
        client.page = copy(client.page)
        client.page.language = _nicegui_language(view.language)
        client.page.dark = DARK.get(owner.theme or "")
        return view

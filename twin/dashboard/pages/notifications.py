"""Notifications: what the owner is told of, in their own chats and on their devices."""

from collections.abc import Callable, Mapping
from functools import partial

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from nicegui import ui
from nicegui.events import GenericEventArguments
from pydantic import BaseModel

from storage.errors import InputError
from storage.notice_kinds import (
    KINDS,
    WAYS,
    NoticeKind,
    Way,
    are_names_told,
    is_told,
    set_names_told,
    set_told,
)
from storage.push_devices import Subscription
from twin.dashboard.context import DashboardContext
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.notification_devices import DeviceList, ThisDevice
from twin.dashboard.static import STATIC
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import card, link
from twin.language import N_

PATH = "/notifications"
_JS = (STATIC / "notifications.js").read_text("utf-8")
NAMES: Mapping[NoticeKind, str] = {
    "draft": N_("Drafts that wait for you"),
    "held": N_("Messages that are left to you"),
    "trouble": N_("Something does not work"),
    "training": N_("What a training brought"),
}
PLACES: Mapping[Way, str] = {"chat": N_("Your chat"), "device": N_("Devices")}


def add(pages: Pages) -> None:
    def build(view: PageView) -> None:
        ui.add_body_html(f"<script>{_JS}</script>")
        link(view.say("Back to the settings"), "/settings")
        this = ThisDevice(view, lambda: devices.show())
        _Kinds(view)
        devices = DeviceList(view, lambda: this.endpoint, this.ask)
        devices.show()
        ui.timer(0.1, this.ask, once=True)

    pages.add(PATH, "settings", build)


class Renewed(BaseModel):
    """What a browser says whose push service gave it another address than `old`."""

    old: str
    endpoint: str
    p256dh: str
    auth: str


def add_renewal(app: FastAPI, context: DashboardContext) -> None:
    """Where its service worker says so, without any page: see static/service-worker.js."""

    @app.post(f"{PATH}/renewed")
    async def renewed(request: Request, said: Renewed) -> Response:
        if getattr(request.state, "owner", None) is None:  # the gate was here before
            return PlainTextResponse("log in at /login first\n", status_code=401)
        try:
            given = Subscription(said.endpoint, said.p256dh, said.auth)
            await context.devices.renew(said.old, given)
        except InputError:  # nobody reads why: the worker asks no more
            return Response(status_code=404)
        return Response(status_code=204)


class _Kinds:
    """A row for each kind of notice, with a switch for each way."""

    def __init__(self, view: PageView) -> None:
        self._view, self._db = view, view.context.db
        with card(view.say("What you are told")):
            with ui.element("div").classes("own-scroll"), ui.element("table").classes("own-table"):
                self._head()
                with ui.element("tbody"):
                    for kind in KINDS:
                        self._row(kind)
            names = N_("Friends' names may be shown on devices")
            with ui.element("label").classes("own-choice"):
                self._switch(view.say(names), are_names_told(self._db), set_names_told)
                ui.label(view.say(names))
            quiet = view.context.config.policy.quiet_hours
            if quiet:
                ui.label(
                    view.say("Devices stay quiet at {hours}; what came is told then.", hours=quiet)
                ).classes("own-faint")
            self._status = StatusLine(view.language)

    def _head(self) -> None:
        with ui.element("thead"), ui.element("tr"):
            for name in (N_("Notice"), *PLACES.values()):
                with ui.element("th").props("scope=col"):
                    ui.label(self._view.say(name))

    def _row(self, kind: NoticeKind) -> None:
        name = self._view.say(NAMES[kind])
        with ui.element("tr"):
            with ui.element("td"):
                ui.label(name)
            for way in WAYS:
                with ui.element("td"):
                    self._switch(
                        f"{name}: {self._view.say(PLACES[way])}",
                        is_told(self._db, way, kind),
                        lambda db, on, way=way, kind=kind: set_told(db, way, kind, on),
                    )

    def _switch(self, name: str, on: bool, keep: Callable[..., None]) -> None:
        box = ui.element("input").props("type=checkbox").classes("own-check")
        box.props["aria-label"], box.props["checked"] = name, on
        box.on(
            "change",
            partial(self._keep, box, keep),
            js_handler="(event) => emit(event.target.checked)",
        )

    def _keep(
        self, box: ui.element, keep: Callable[..., None], event: GenericEventArguments
    ) -> None:
        if not isinstance(event.args, bool):
            return
        box.props["checked"] = event.args  # redrawing would bring back the old one
        with self._status.refusals():
            keep(self._db, event.args)
            self._status.tell(self._view.say("Saved."))

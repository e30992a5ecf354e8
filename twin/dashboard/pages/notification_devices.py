"""Whether the browser that shows the page is told of things, and the list of those that are."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Literal

from nicegui import ui
from nicegui.events import GenericEventArguments
from pydantic import BaseModel, ConfigDict, ValidationError

from storage.push_devices import Device, Subscription
from twin.dashboard.device_name import device_name
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import Button, card
from twin.dashboard.widgets.live_list import LiveList
from twin.language import N_
from twin.push.service import failure_text

ANSWER_S = 10.0
State = Literal["on", "off", "denied", "failed", "insecure", "unsupported"]
MEANINGS: Mapping[State, str] = {
    "on": N_("This device is told."),
    "off": N_("This device is not told of anything."),
    "denied": N_("This browser does not let these pages notify you; its settings for them can."),
    "failed": N_("The browser could not reach its push service ({cause}). Try again later."),
    "insecure": N_(
        "Browsers allow it only for pages with https, or on the machine itself. These came "
        "without: see docs/proxies.md."
    ),
    "unsupported": N_(
        "This browser can't be told. On an iPhone or iPad, add these pages to the home screen and "
        "open them from there."
    ),
}
PRIVACY = N_(
    "A notice is encrypted for the device and goes through a server of the browser's maker. It "
    "says what it is about and how many there are; no message, and no name unless you allow it."
)


class Said(BaseModel):
    """What the browser says of itself; a page may send anything."""

    model_config = ConfigDict(strict=True)

    state: State
    endpoint: str = ""
    p256dh: str = ""
    auth: str = ""
    cause: str = ""


class ThisDevice:
    """`changed` is called when it was added or gave notices up."""

    def __init__(self, view: PageView, changed: Callable[[], None]) -> None:
        self._view, self._changed, self.endpoint = view, changed, ""
        client = ui.context.client
        self._name = device_name(client.request.headers.get("user-agent", ""))
        with card(view.say("This device")):
            self._status = StatusLine(view.language)
            with ui.element("div").classes("own-row"):
                self._on = self._button(N_("Tell this device"), "enable()")
                self._on.classes("own-strong")
                self._off = self._button(N_("Stop telling it"), "disable()")
            ui.label(view.say(PRIVACY)).classes("own-faint")
        self._offer(None)

    def _button(self, name: str, call: str) -> ui.element:
        """Pressed in the browser: it asks for permission only while a click is handled."""
        button = ui.element("button").classes("own-button").props("type=button")
        handler = f"async () => emit(await twinPush.{call})"
        button.on("click", self._answered, js_handler=handler)
        with button:
            ui.label(self._view.say(name))
        return button

    async def ask(self) -> None:
        """Find out and show how it stands here, once the page is open: making a key takes time."""
        with self._status.refusals():
            key = await self._view.context.devices.public_key()
            await self._take(await _state_in_browser(key))

    async def _answered(self, event: GenericEventArguments) -> None:
        await self._take(event.args)

    async def _take(self, found: object) -> None:
        try:
            said = Said.model_validate(found)
        except ValidationError:
            return
        with self._status.refusals():
            if said.p256dh:
                given = Subscription(said.endpoint, said.p256dh, said.auth)
                tag = self._view.language.tag
                await self._view.context.devices.add(given, self._name, tag)
            elif self.endpoint and said.state == "off":
                await self._forget()
            self._show(said)
        self._changed()

    async def _forget(self) -> None:
        for device in self._view.context.devices.all():
            if device.subscription.endpoint == self.endpoint:
                await self._view.context.devices.remove(device.id)

    def _show(self, said: Said) -> None:
        """A browser that holds on to what the owner removed is not told, whatever it says."""
        known = {one.subscription.endpoint for one in self._view.context.devices.all()}
        is_told = said.state == "on" and said.endpoint in known
        self.endpoint = said.endpoint if is_told else ""
        state: State = "off" if said.state == "on" and not is_told else said.state
        meaning = self._view.say(MEANINGS[state], cause=said.cause[:40])
        (self._status.warn if state == "failed" else self._status.tell)(meaning)
        self._offer(state)

    def _offer(self, state: State | None) -> None:
        self._on.set_visibility(state in ("off", "failed"))
        self._off.set_visibility(state == "on")


async def _state_in_browser(key: str) -> object:
    """`key`: the bot's public one, to which the browser binds what it gives."""
    call = f"return await twinPush.state({json.dumps(key)})"
    try:
        return await ui.run_javascript(call, timeout=ANSWER_S)
    except TimeoutError:  # it has no service worker, or the tab was closed
        return {"state": "unsupported"}


class DeviceList:
    """Each with when it was last told, a test, and an end.

    `this` gives the endpoint of the browser that shows the page; `removed` shows how it stands.
    """

    def __init__(
        self, view: PageView, this: Callable[[], str], removed: Callable[[], Awaitable[None]]
    ) -> None:
        self._view, self._this, self._removed = view, this, removed
        with card(view.say("Devices")):
            self._nothing = ui.label(view.say("No device is told.")).classes("own-faint")
            devices = ui.element("ul").classes("own-list")
            self._list: LiveList[int, tuple[Device, bool]] = LiveList(devices, self._row)
            self._status = StatusLine(view.language)

    def show(self) -> None:
        devices, this = self._view.context.devices.all(), self._this()
        self._nothing.set_visibility(not devices)
        self._list.show({one.id: (one, one.subscription.endpoint == this) for one in devices})

    def _row(self, shown: tuple[Device, bool]) -> "_DeviceRow":
        return _DeviceRow(self._view, shown, self._test, self._remove)

    async def _test(self, number: int) -> None:
        with self._status.refusals():
            await self._view.context.devices.test(number)
            self._status.tell(self._view.say("Sent. It shows within seconds."))
        self.show()

    async def _remove(self, number: int) -> None:
        with self._status.refusals():
            await self._view.context.devices.remove(number)
            self._status.tell(self._view.say("Removed."))
        await self._removed()


class _DeviceRow:
    """A device, and whether it is the one that shows the page; its buttons stay as it changes."""

    def __init__(
        self,
        view: PageView,
        shown: tuple[Device, bool],
        test: Callable[[int], Awaitable[None]],
        remove: Callable[[int], Awaitable[None]],
    ) -> None:
        self._view = view
        number = shown[0].id
        self._buttons: dict[str, ui.element] = {}
        with ui.element("li").classes("own-stack") as self.element:
            with ui.element("h3").classes("own-text"):
                self._title = ui.label()
            self._times = ui.label().classes("own-faint")
            self._failure = ui.label().classes("own-alert")
            with ui.element("div").classes("own-row"):
                for words, act in ((N_("Send a test"), test), (N_("Remove"), remove)):
                    self._buttons[words] = Button(view.say(words), partial(act, number))
        self.update(shown)

    def update(self, shown: tuple[Device, bool]) -> None:
        (device, is_this), say = shown, self._view.say
        name, failure = device.name or say("A browser"), device.failure
        self._title.text = say("{device} (this one)", device=name) if is_this else name
        self._times.text = say(
            "Added {added} · last told {told}",
            added=self._view.when(device.added_at),
            told=self._view.when(device.told_at),
        )
        self._failure.set_visibility(failure is not None)
        if failure is not None:
            self._failure.text = say("Not told last time: {why}", why=say(failure_text(failure)))
        for words, button in self._buttons.items():
            button.props["aria-label"] = f"{say(words)}: {name}"

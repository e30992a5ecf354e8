"""Page of backups: make one, check, download and delete those that are there."""

import asyncio
from collections.abc import Sequence
from functools import partial

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.errors import InputError, TwinError
from storage.texts import Text
from twin.backup.contents import backups_folder
from twin.backup.job import BackupState
from twin.backup.kept import Kept, delete_backup, find_backup, hand_made_name, kept_backups
from twin.backup.passphrase import SHORTEST, machine_passphrase, usable
from twin.config.load import load_config
from twin.config.schema import Config
from twin.dashboard.context import DashboardContext
from twin.dashboard.page import Pages
from twin.dashboard.page_view import PageView
from twin.dashboard.widgets.controls import add_style, asking, confirmed, page_status
from twin.dashboard.widgets.layout import Button, card, link, submit
from twin.dashboard.widgets.progress import ProgressBar
from twin.dashboard.wording import error_in
from twin.language import N_

PATH = "/data/backups"
LONGEST = 1000
REFRESH_S = 1.0
MB = 1e6
# The fields are emptied at once: what was typed stays nowhere.
_SUBMIT = (
    "(event) => { event.preventDefault(); const all = [...event.target.elements]"
    ".filter(one => one.type === 'password'); emit(all.map(one => one.value));"
    " all.forEach(one => one.value = ''); }"
)


def add(pages: Pages) -> None:
    async def build(view: PageView) -> None:
        await _Backups(view).begin()

    pages.add(PATH, "data", build)


def backups_card(view: PageView) -> None:
    """The way here, for the page of the data."""
    with card(view.say("Backups")):
        ui.label(view.say("All of the twin in one file, to keep it safe or to move it.")).classes(
            "own-faint"
        )
        link(view.say("Backups"), PATH).classes("own-button")


def add_download(app: FastAPI, context: DashboardContext) -> None:
    @app.get(PATH + "/{name}")
    async def download(request: Request, name: str) -> Response:
        if getattr(request.state, "owner", None) is None:  # the gate was here before
            return PlainTextResponse("log in at /login first\n", status_code=401)
        config = await asyncio.to_thread(_settings, context)
        try:
            file = await asyncio.to_thread(find_backup, config, name)
        except TwinError:  # the page says why
            file = None
        if file is None:
            return PlainTextResponse("no such file\n", status_code=404)
        return FileResponse(file, media_type="application/octet-stream", filename=file.name)


class _Backups:
    """The page in one browser."""

    def __init__(self, view: PageView) -> None:
        self._view, self._job = view, view.context.backups.job
        self._shown: BackupState | None = None
        add_style()
        link(view.say("Back to data"), "/data")
        self._status = page_status(view)
        with card(view.say("New backup")):
            self._form = ui.element("div").classes("own-stack")
            self._bar = ProgressBar(view.say("Making a backup …"))
        with card(view.say("Backups")):
            self._list = ui.element("ul").classes("own-list")
        with card(view.say("Each night")):
            self._nights = ui.element("div").classes("own-stack")

    async def begin(self) -> None:
        self._shown = self._job.state
        await self._fill()
        self._view.every(REFRESH_S, self._refresh)

    async def _refresh(self) -> None:
        state, before = self._job.state, self._shown
        if state is before:
            return
        self._shown = state
        self._bar.show(state.percent, [self._view.language.percent(state.percent / 100)])
        self._tell(state)
        if before is None or before.is_busy != state.is_busy:
            await self._fill()

    def _tell(self, state: BackupState) -> None:
        say, number = self._view.say, self._view.language.number
        if state.error is not None:
            self._status.refuse(state.error)
        elif state.is_busy:
            making = state.work == "make"
            self._status.tell(
                say("Making a backup …") if making else say("Checking {name} …", name=state.name)
            )
        elif state.work == "make":
            self._status.tell(say("Made: {name}", name=state.name))
        elif state.found is not None:
            found = {what: number(count) for what, count in state.found.items()}
            whole = N_("{name} is whole: messages {messages}, chats {chats}, adapters {adapters}.")
            self._status.tell(say(whole, name=state.name, **found))

    async def _fill(self) -> None:
        """What the file of settings and the folder say now."""
        self._bar.set_visibility(self._job.state.is_busy and self._job.state.work == "make")
        with self._status.refusals():
            config, kept, has_own = await asyncio.to_thread(_look, self._view.context)
            for box in (self._form, self._list, self._nights):
                box.clear()
            with self._form:
                self._make_form(config, has_own)
            with self._list:
                self._rows(kept)
            with self._nights:
                self._night(config)

    def _make_form(self, config: Config, has_own: bool) -> None:
        say = self._view.say
        ui.label(
            say(
                "Messages, adapters, pictures and settings go into one encrypted file; the "
                "accounts' logins do not. `bot.py restore FILE` puts it on another machine."
            )
        ).classes("own-faint")
        ui.label(say("Folder: {folder}", folder=backups_folder(config))).classes("own-text")
        with ui.element("form").classes("chat-form") as form:
            form.on("submit", self._make, js_handler=_SUBMIT)
            if has_own:
                ui.label(say("It is encrypted with the passphrase of this machine.")).classes(
                    "own-faint"
                )
            else:
                _passphrase_field("backup-new", say("Passphrase"), new=True)
                _passphrase_field("backup-again", say("The same again"), new=True)
            button = submit(say("Make a backup")).classes("own-strong")
            button.props["disabled"] = self._job.state.is_busy

    def _rows(self, kept: Sequence[Kept]) -> None:
        say, busy = self._view.say, self._job.state.is_busy
        for one in kept:
            with ui.element("li"), ui.element("div").classes("own-spread"):
                with ui.element("div"):
                    ui.label(one.name).classes("own-text")
                    size = f"{self._view.language.number(one.bytes / MB, 1)} MB"
                    ui.label(f"{self._view.when(one.made_at)} · {size}").classes("own-faint")
                with ui.element("div").classes("own-row"):
                    check = Button(say("Check"), partial(self._check, one.name))
                    check.props["disabled"] = busy
                    link(say("Download"), f"{PATH}/{one.name}").classes("own-button").props(
                        "download"
                    )
                    Button(say("Delete"), partial(self._delete, one.name))
        if not kept:
            with ui.element("li"):
                ui.label(say("None yet.")).classes("own-faint")

    def _night(self, config: Config) -> None:
        say, failure = self._view.say, self._view.context.backups.failure
        if config.backup.keep:
            told = say("Made after the training; the newest {n} are kept.", n=config.backup.keep)
        else:
            told = say("Off. Settings, Backups: how many are kept.")
        ui.label(told)
        link(say("Settings"), "/settings")
        if failure is not None:
            ui.label(error_in(self._view.language, failure)).classes("own-alert").props(
                "role=alert"
            )

    async def _make(self, event: GenericEventArguments) -> None:
        typed = _typed(event)
        with self._status.refusals():
            config = await asyncio.to_thread(_settings, self._view.context)
            passphrase = await asyncio.to_thread(machine_passphrase, config)
            if passphrase is None:
                if len(set(typed)) != 1:
                    raise InputError(
                        Text("the two passphrases differ: nothing was written; try again")
                    )
                passphrase = usable(typed[0])
            name = hand_made_name(self._view.context.clock.now(), self._view.zone)
            self._job.make(backups_folder(config) / name, passphrase)
        await self._refresh()

    async def _check(self, name: str) -> None:
        with self._status.refusals():
            config = await asyncio.to_thread(_settings, self._view.context)
            file = await asyncio.to_thread(find_backup, config, name)
            if file is None:
                raise InputError(Text("{path}: no such file", path=name))
            passphrase = await self._ask(name)
            if passphrase is not None:
                self._job.check(file, passphrase or await _own(config))
        await self._refresh()

    async def _ask(self, name: str) -> str | None:
        """The passphrase of a backup; empty for this machine's, None to leave it."""
        say = self._view.say
        with (
            asking(say("Check {name}", name=name)) as dialog,
            ui.element("form").classes("chat-form") as form,
        ):
            form.on("submit", lambda event: dialog.submit(_typed(event)[0]), js_handler=_SUBMIT)
            _passphrase_field("backup-check", say("Passphrase (empty: that of this machine)"))
            with ui.element("div").classes("own-row"):
                Button(say("Cancel"), lambda: dialog.submit(None))
                submit(say("Check")).classes("own-strong")
        given = await dialog
        return given if isinstance(given, str) else None

    async def _delete(self, name: str) -> None:
        say = self._view.say
        if not await confirmed(self._view, say("Delete {name}?", name=name), say("Delete")):
            return
        with self._status.refusals():
            config = await asyncio.to_thread(_settings, self._view.context)
            await asyncio.to_thread(delete_backup, config, name)
            self._status.tell(say("Deleted: {name}", name=name))
        await self._fill()


def _passphrase_field(name: str, label: str, *, new: bool = False) -> None:
    with ui.element("label").props(f"for={name}"):
        ui.label(label).classes("own-key")
    complete = "new-password" if new else "current-password"
    field = ui.element("input").props(f"type=password id={name} autocomplete={complete}")
    field.props["maxlength"] = LONGEST
    if new:
        field.props["required"], field.props["minlength"] = True, SHORTEST


def _typed(event: GenericEventArguments) -> list[str]:
    given = event.args if isinstance(event.args, list) else []
    return [str(one)[:LONGEST] for one in given] or [""]


async def _own(config: Config) -> str:
    return await asyncio.to_thread(machine_passphrase, config) or ""


def _settings(context: DashboardContext) -> Config:
    """As the file has them now; as the bot started with them while somebody edits it."""
    try:
        return load_config(context.config.path)
    except TwinError:
        return context.config


def _look(context: DashboardContext) -> tuple[Config, list[Kept], bool]:
    """The settings, the backups, and whether this machine has a passphrase for them."""
    config = _settings(context)
    try:
        has_own = machine_passphrase(config) is not None
    except TwinError:
        has_own = True  # what is wrong with it is said when it is used
    return config, kept_backups(config), has_own

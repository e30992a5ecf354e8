"""The nightly switch, its time and its window: kept in `config.toml`, followed at once."""

import asyncio
from typing import Any

from nicegui import ui

from storage.errors import TwinError
from twin.config import Schedule, load_config
from twin.config_file import change
from twin.dashboard import training_words as words
from twin.dashboard.error_words import error_in
from twin.dashboard.layout import Button, card
from twin.dashboard.view import View


def schedule_card(view: View) -> None:
    with card(view.say(words.NIGHTLY)):
        try:
            # The file, not what the bot was started with: it may have been changed since.
            schedule = load_config(view.house.config.path).schedule
        except TwinError as error:
            ui.label(error_in(view.language, error)).classes("own-alert")
            return
        _Form(view, schedule)


class _Form:
    def __init__(self, view: View, schedule: Schedule) -> None:
        self._view = view
        self._values: dict[str, Any] = {
            "enabled": schedule.enabled,
            "retrain_at": schedule.retrain_at,
            "window_hours": f"{schedule.window_hours:g}",
        }
        say = view.say
        with ui.element("div").classes("trn-form"):
            self._field("enabled", say(words.ENABLED), "checkbox")
            self._field("retrain_at", say(words.AT), "time")
            self._field("window_hours", say(words.WINDOW), "number")
            Button(say(words.KEEP), self._keep)
        ui.label(say(words.NIGHTLY_MEANING)).classes("own-faint")
        self._told = ui.label().classes("own-text").props("role=status")

    def _field(self, name: str, text: str, kind: str) -> None:
        def take(event: Any) -> None:
            self._values[name] = event.args

        switch = kind == "checkbox"
        with ui.element("label").classes("trn-check" if switch else ""):
            if not switch:
                ui.label(text)
            field = ui.element("input").props(f"type={kind} name={name}")
            if switch:
                field.props["checked"] = self._values[name]
                ui.label(text)
            else:
                field.props["value"] = self._values[name]
            if kind == "number":
                field.props("min=0.5 max=24 step=0.5")
            what = "checked" if switch else "value"
            field.on("input", take, js_handler=f"(event) => emit(event.target.{what})")

    async def _keep(self) -> None:
        try:
            self._told.text = await self._kept()
        except TwinError as error:
            self._told.text = error_in(self._view.language, error)

    async def _kept(self) -> str:
        house, say, values = self._view.house, self._view.say, self._values
        try:
            hours = float(values["window_hours"])
        except ValueError:
            return say(words.NOT_A_NUMBER, given=values["window_hours"])
        changes = {
            "schedule.enabled": bool(values["enabled"]),
            "schedule.retrain_at": values["retrain_at"],
            "schedule.window_hours": hours,
        }
        path = house.config.path
        config = await asyncio.to_thread(change, path, changes)
        if house.training is None:
            return say(words.KEPT_HERE, file=path.name)
        house.training.follow(config.schedule)
        return say(words.KEPT, file=path.name)

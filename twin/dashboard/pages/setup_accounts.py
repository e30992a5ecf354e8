"""Set-up, fourth step: an account in which the twin answers, or none."""

from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from twin.config.file_lock import in_turn
from twin.config.schema import Config
from twin.connectors.base import ConnectorFolder
from twin.dashboard.pages.setup_step import SetupStep
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import explanation
from twin.setup.choices import about_account, accounts_to_choose, switch_account


def account_part(step: SetupStep) -> None:
    say = step.view.say
    ui.label(
        say(
            "Without any, friends chat with the twin on a page of its own. An account lets it "
            "answer where they write already; it answers nobody there until you say so in a chat."
        )
    ).classes("own-faint")
    with ui.element("ul").classes("own-list"):
        for account in accounts_to_choose():
            with ui.element("li"):
                _Account(step, account)


class _Account:
    """One that can be connected: what it is, whether it is on, and what it still needs."""

    def __init__(self, step: SetupStep, account: ConnectorFolder[Any]) -> None:
        self._step, self._account = step, account
        view = step.view
        settings = account.of(step.config)
        key = f"setup-{account.name}"
        with ui.element("label").classes("own-choice"):
            switch = ui.element("input").props(f"type=checkbox id={key}")
            switch.props["checked"] = settings.enabled
            switch.props["aria-describedby"] = f"{key}-about"
            ui.label(view.say(account.title)).classes("own-key")
        with ui.element("div").props(f"id={key}-about").classes("own-faint own-text"):
            explanation(about_account(account, view.language))
        self._needs = ui.element("div")
        self._status = StatusLine(view.language, look="own-faint")
        switch.on(
            "change",
            partial(self._switched, switch),
            js_handler="(event) => emit(event.target.checked)",
        )
        if settings.enabled:
            with self._status.refusals():
                self._show_needs(step.config)

    async def _switched(self, switch: ui.element, event: GenericEventArguments) -> None:
        on = event.args is True
        say = self._step.view.say
        switch.props["checked"] = on
        self._needs.clear()
        with self._status.refusals():
            config = await in_turn(lambda: switch_account(self._step.file, self._account, on=on))
            self._status.tell(say("Saved.") if on else say("Switched off."))
            if on:
                self._show_needs(config)

    def _show_needs(self, config: Config) -> None:
        """What is missing, as the doctor says it; a code to scan is shown on the overview."""
        account, view = self._account, self._step.view
        needs = account.problems(account.of(config), config.data)
        with self._needs, ui.element("ul").classes("own-lines"):
            for need in needs:
                with ui.element("li"):
                    found, remedy = view.say(need.found), view.say(need.remedy)
                    told = view.say("{name}: {text}", name=found, text=remedy)
                    explanation(told).classes("own-text")

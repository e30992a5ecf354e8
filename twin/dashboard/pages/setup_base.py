"""Set-up, second step: the base model."""

import asyncio
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from twin.dashboard.pages.setup_step import SetupStep
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import submit
from twin.language import N_
from twin.setup.choices import choose_base
from twin.setup.steps import usual_base

LONGEST = 300
_SUBMIT = """(event) => {
  event.preventDefault();
  const { base, other } = event.target.elements;
  emit(base.value || other.value);
}"""


def base_part(step: SetupStep) -> None:
    view, say, now = step.view, step.view.say, step.state.base
    ui.label(
        say(
            "The model that learns to write like you. The packaged one answers on any computer, "
            "and writes simple English; a larger one writes better and takes longer."
        )
    ).classes("own-faint")
    form = ui.element("form").classes("own-stack")
    with form:
        with ui.element("fieldset").classes("own-choices"):
            with ui.element("legend"):
                ui.label(say("Base model")).classes("own-key")
            for base in dict.fromkeys((usual_base(), now)):
                _choice(base, base, chosen=base == now)
            _choice("", say("Another one"), chosen=False)
        with ui.element("label").props("for=setup-base"):
            ui.label(say("Folder of another one")).classes("own-key")
        field = ui.element("input").props("type=text id=setup-base name=other autocomplete=off")
        field.props["maxlength"] = LONGEST
        with ui.element("div").classes("own-row"):
            submit(say("Use it and go on")).classes("own-strong")
    status = StatusLine(view.language)
    form.on("submit", partial(_use, step, status), js_handler=_SUBMIT)


def _choice(value: str, name: str, *, chosen: bool) -> None:
    with ui.element("label").classes("own-choice"):
        radio = ui.element("input").props("type=radio name=base")
        radio.props["value"], radio.props["checked"] = value, chosen
        ui.label(name).classes("own-text")


async def _use(step: SetupStep, status: StatusLine, event: GenericEventArguments) -> None:
    base = str(event.args)[:LONGEST].strip()
    say = step.view.say
    if not base:
        status.warn(say("Choose a base model, or skip this step."))
        return
    with status.refusals():
        status.tell(say(N_("Checking the model …")))
        await asyncio.to_thread(choose_base, step.file, base)
        step.go_on()

"""Set-up, first step: the owner's name and the language of these pages."""

from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from twin.config.file_lock import in_turn
from twin.dashboard.pages.setup_step import SetupStep
from twin.dashboard.widgets.controls import StatusLine
from twin.dashboard.widgets.layout import option, submit
from twin.language import languages
from twin.setup.choices import LONGEST_NAME, choose_name

_SUBMIT = """(event) => {
  event.preventDefault();
  const { owner, language } = event.target.elements;
  emit([owner.value, language.value]);
}"""


def you_part(step: SetupStep) -> None:
    view, say = step.view, step.view.say
    ui.label(say("The twin answers under this name. Write it as your friends call you.")).classes(
        "own-faint"
    )
    form = ui.element("form").classes("own-stack")
    with form:
        with ui.element("label").props("for=setup-name"):
            ui.label(say("Your name")).classes("own-key")
        field = ui.element("input").props("type=text id=setup-name name=owner autocomplete=name")
        field.props["value"], field.props["maxlength"] = step.state.name, LONGEST_NAME
        with ui.element("label").props("for=setup-language"):
            ui.label(say("Language of these pages")).classes("own-key")
        with ui.element("select").classes("own-select").props("id=setup-language name=language"):
            for language in languages():
                option(language.tag, language.name, chosen=language == view.language)
        with ui.element("div").classes("own-row"):
            submit(say("Save and go on")).classes("own-strong")
    status = StatusLine(view.language)
    form.on("submit", partial(_save, step, field, status), js_handler=_SUBMIT)


async def _save(
    step: SetupStep, field: ui.element, status: StatusLine, event: GenericEventArguments
) -> None:
    given = event.args if isinstance(event.args, list) else []
    if len(given) != 2:
        return
    name, tag = map(str, given)
    field.props["value"] = name  # redrawing it would bring back the old one
    with status.refusals():
        await in_turn(partial(choose_name, step.file, name))
        if tag in [language.tag for language in languages()]:
            step.view.auth.choose(step.view.session.key, language=tag)
        step.go_on()

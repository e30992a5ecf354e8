"""Say who of the people of the files is the owner."""

from collections.abc import Callable, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from storage.importers.owner import SenderSample
from twin.dashboard.page_view import PageView
from twin.language import N_

MOST_SENDERS = 200
NAME_LABEL = N_("Your name or id in the files")


def choose_owner(
    view: PageView, senders: Sequence[SenderSample], choose: Callable[[str], None]
) -> None:
    """A radio button for each, with what they wrote; `choose` gets the id."""
    with ui.element("fieldset").classes("own-choices"):
        with ui.element("legend"):
            ui.label(view.say("Which of these are you?")).classes("own-key")
        for number, sender in enumerate(senders[:MOST_SENDERS]):
            with ui.element("label").classes("own-choice"):
                radio = ui.element("input").props("type=radio name=import-me")
                radio.props["id"] = f"import-me-{number}"
                radio.on("change", lambda _, me=sender.id: choose(me))
                with ui.element("span").classes("own-stack"):
                    number_of = view.language.number(sender.messages)
                    ui.label(f"{sender.title} ({number_of})").classes("own-text")
                    for sample in sender.samples:
                        ui.label(f"“{sample}”").classes("own-text own-faint")


def name_owner(view: PageView, me: str, named: Callable[[str], None]) -> None:
    """A field for the name; `named` gets it."""

    def changed(event: GenericEventArguments) -> None:
        named(str(event.args))

    with ui.element("div").classes("own-field-box"):
        with ui.element("label").props("for=import-me"):
            ui.label(view.say(NAME_LABEL)).classes("own-key")
        field = ui.element("input").props("type=text id=import-me autocomplete=off")
        field.props["value"] = me
        field.on("change", changed, js_handler="(event) => emit(event.target.value)")

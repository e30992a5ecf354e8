"""Set-up, third step: bring the chats so far."""

from nicegui import ui

from twin.dashboard.pages.imports import ImportCard
from twin.dashboard.pages.setup_step import SetupStep
from twin.setup.steps import messages_stored, own_texts


def history_part(step: SetupStep) -> None:
    view, say = step.view, step.view.say
    ui.label(
        say(
            "The twin learns from how you answered. Export some chats in your chat program and "
            "choose the files here; nothing leaves this computer."
        )
    ).classes("own-faint")
    if step.state.has_messages:
        ui.label(_found(step)).classes("own-text")
    ImportCard(view, step.jobs.importing)


def _found(step: SetupStep) -> str:
    db, number = step.view.context.db, step.view.language.number
    return step.view.say_n(
        "{n} message is stored, {own} of them written by you.",
        "{n} messages are stored, {own} of them written by you.",
        messages_stored(db),
        own=number(own_texts(db)),
    )

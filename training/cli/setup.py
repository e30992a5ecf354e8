"""Command that sets a twin up in the terminal."""

from typing import Annotated

import typer

from storage.errors import InputError
from twin.cli.base import CommandContext, command
from twin.cli.output import hint, language
from twin.setup.steps import STEPS

setup_app = typer.Typer()  # no name: its command is a top-level one


@command(setup_app)
def setup(
    session: CommandContext,
    step: Annotated[
        str | None, typer.Argument(metavar="STEP", help=f"Only this one: {', '.join(STEPS)}.")
    ] = None,
) -> None:
    """Set a twin up, step by step; run it again to go on. With --json: how far it is."""
    if step is not None and step not in STEPS:
        raise InputError(f"setup {step}: no such step; there are {', '.join(STEPS)}")
    from training.cli.setup_questions import SetupQuestions
    from twin.setup.choices import create_settings

    create_settings(session.config_file)
    questions = SetupQuestions(session)
    if session.out.as_json:
        session.out.show(questions.document())
        return
    try:
        questions.ask([one for one in STEPS if step in (None, one)])
    except KeyboardInterrupt:
        hint(language().say("Left here. `bot.py setup` goes on from this step."))
        raise typer.Exit(1) from None

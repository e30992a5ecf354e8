"""Commands that start the bot with the machine."""

from typing import Annotated

import typer

from storage.errors import InputError
from twin.cli.base import CommandContext, command
from twin.cli.output import facts, hint, plain

service_app = typer.Typer(help="Start the bot with the machine.", no_args_is_help=True)

Name = Annotated[
    str, typer.Option(metavar="NAME", help="For a second twin, another name than the first one's.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be written and run.")]


@command(service_app)
def install(session: CommandContext, name: Name = "twin", dry_run: DryRun = False) -> None:
    """Start the bot now and with the machine: systemd, launchd or Windows' Task Scheduler."""
    from twin.one_bot import bot_process
    from twin.service import install as services

    wanted = services.service(session.config_file, name)
    data = session.config.data
    document = {
        "file": str(wanted.file),
        "content": wanted.content,
        "commands": [list(one) for one in wanted.install],
    }
    if not dry_run:
        if process := bot_process(data):
            raise InputError(
                f"{data}: a bot runs on this folder already (process {process}); stop it first"
            )
        services.install(wanted)
        session.out.show(document, facts("Installed", {"file": wanted.file}))
        hint(wanted.hint)
        return
    commands = "\n".join(" ".join(one) for one in wanted.install)
    session.out.show(document, plain(f"{wanted.file}:\n{wanted.content}\n{commands}"))


@command(service_app)
def remove(session: CommandContext, name: Name = "twin", dry_run: DryRun = False) -> None:
    """Stop the bot and start it no more; settings and data stay."""
    from twin.service import install as services

    wanted = services.service(session.config_file, name)
    commands = [list(one) for one in wanted.remove]
    document = {"file": str(wanted.file), "commands": commands}
    if not dry_run:
        services.remove(wanted)
    shown = {"file": wanted.file, "commands": "; ".join(" ".join(one) for one in commands)}
    session.out.show(document, facts("Would be removed" if dry_run else "Removed", shown))


@command(service_app)
def status(session: CommandContext, name: Name = "twin") -> None:
    """Whether it is installed, and whether the bot runs."""
    from twin.one_bot import bot_process
    from twin.service import install as services

    wanted = services.service(session.config_file, name)
    document = {
        "file": str(wanted.file),
        "state": services.state(wanted),
        "process": bot_process(session.config.data),
        "settings": str(session.config_file.resolve()),
    }
    session.out.show(document, facts("Service", document))

"""What the twin knows and does, and what is wrong with it."""

from dataclasses import asdict

import typer

from storage.database import now_ms
from twin.cli.base import CommandContext, command
from twin.cli.output import facts, table

status_app = typer.Typer()  # no name: its commands are top-level ones


@command(status_app)
def status(session: CommandContext) -> None:
    """Show what the twin knows and does."""
    from training.scheduling.nightly_plan import next_night
    from twin.diagnostics.status import collect_status

    schedule = session.config.schedule
    document = collect_status(session.config, session.db)
    # When the next night begins; the bot must be running then.
    document["next_training_at"] = next_night(now_ms(), schedule) if schedule.enabled else None
    adapter = document["adapter"]
    shown = {"adapter": session.adapter_names.with_id(adapter)} if adapter else {}
    session.out.show(document, facts("Status", document | shown))


@command(status_app)
def doctor(session: CommandContext) -> None:
    """Show what is wrong and how to fix it. The exit code is 1 if something can't work."""
    from twin.diagnostics.doctor import diagnose

    checks = diagnose(session.config)
    rows = [[check.verdict, check.name, check.found, check.remedy] for check in checks]
    columns = ["", "what", "found", "what to do"]
    session.out.show([asdict(check) for check in checks], table("Doctor", columns, rows))
    if any(check.verdict == "fail" for check in checks):
        raise typer.Exit(1)

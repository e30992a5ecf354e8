"""Commands that make the twin better: samples, training, scores."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from storage.reasons import RunReason
from training.cli.runs import MOST, scores_table
from training.report.report_files import dataset_page
from twin.cli.base import CommandContext, command
from twin.cli.output import facts, language
from twin.privacy.learning import consent_notes

training_app = typer.Typer()  # added without a name: its commands stand beside the others
dataset_app = typer.Typer(help="The training samples.")


@command(dataset_app, "build")
def dataset_build(
    session: CommandContext,
    file: Annotated[Path | None, typer.Option("--out", help="Write them here, as JSON.")] = None,
    format: Annotated[str, typer.Option(help="alpaca or sharegpt.")] = "alpaca",
    rules: Annotated[str | None, typer.Option(help="Instead of [dataset] rules.")] = None,
) -> None:
    """The training samples as JSON, and what became of every message."""
    from training.dataset.build import build
    from training.dataset.export import Export

    config = session.config if rules is None else session.config.with_rules(rules)
    export = None if file is None else Export(file, format)
    built = build(session.db, config)
    if export is not None:
        export.write([*built.train, *built.questions, *built.held_out])
    document = built.report | {"hash": built.hash, "file": str(file) if file else None}
    session.out.show(
        document,
        facts("Dataset", document),
        *consent_notes(language(), built.report["chats_without_consent"]),
    )


@command(dataset_app, "report")
def dataset_report(
    session: CommandContext,
    every: Annotated[
        bool, typer.Option("--all", help="Every chat, not the largest alone.")
    ] = False,
    rules: Annotated[str | None, typer.Option(help="Instead of [dataset] rules.")] = None,
) -> None:
    """What became of every message, by chat and month; how long the samples are; a page of it."""
    from training.dataset.figures import dataset_figures
    from training.report.dataset_report import dataset_tables, write_dataset_page

    config = session.config if rules is None else session.config.with_rules(rules)
    figures = dataset_figures(session.db, config)
    page = dataset_page(config)
    write_dataset_page(page, figures, every=every)
    document = figures | {"page": str(page)}
    tables = dataset_tables(figures, page, every=every)
    session.out.show(
        document, *tables, *consent_notes(language(), figures["chats_without_consent"])
    )


@command(dataset_app, "audit")
def dataset_audit(
    session: CommandContext,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Rows of each table.")] = 20,
) -> None:
    """What [privacy] replaces in the samples, and messages in which it found nothing."""
    from training.dataset.audit import audit, audit_tables

    document = audit(session.db, session.config, limit)
    session.out.show(document, *audit_tables(document))


@command(training_app)
def train(
    session: CommandContext,
    alpaca: Annotated[
        Path | None,
        typer.Option(help="This file, not the log: Alpaca, ShareGPT or OpenAI's messages."),
    ] = None,
    max_steps: Annotated[int | None, typer.Option(min=1, help="Stop early.")] = None,
    on: Annotated[
        str | None,
        typer.Option(metavar="HOST", help="Train on that machine, over ssh: see [train] on."),
    ] = None,
) -> None:
    """One training run; its adapter goes live if it is better."""
    from training.processes import is_left_to_first
    from training.run import run_training

    if is_left_to_first():
        return
    config = session.config if on is None else session.config.training_on(on)
    result = run_training(
        config, session.db, RunReason.MANUAL, alpaca=alpaca, max_steps=max_steps, show=True
    )
    shown = ("base_loss", "live_loss", "loss", "samples", "held_out", "seconds")
    adapter = {"adapter": session.adapter_names.with_id(result["adapter"])}
    told = facts("Trained", adapter | {key: result[key] for key in shown})
    session.out.show(result, told, result["summary"])


@command(training_app, "train-for-others")
def train_for_others(session: CommandContext) -> None:
    """What `train --on` of another machine calls on this one, over ssh."""
    from training.remote.host import greeting, serve

    serve(sys.stdin.buffer, sys.stdout.buffer, greeting(session.config))


@command(training_app)
def evaluate(
    session: CommandContext,
    adapter: Annotated[str | None, typer.Argument(help="Name; the live one if none.")] = None,
    canaries: Annotated[
        bool, typer.Option("--canaries", help="Ask for the planted secrets many times.")
    ] = False,
) -> None:
    """Scores on the held-out days: the base, the live adapter, this one and you."""
    from training.evaluation.evaluate import evaluate_adapter

    result = evaluate_adapter(session.config, session.db, adapter, canaries)
    name = session.adapter_names.of(result["adapter"])
    title = f"{name} (candidate) on {result['held_out']} held-out answers"
    verdict = result["verdict"]
    told = "It would go live: " if verdict["promoted"] else "It would not go live: "
    session.out.show(
        result,
        scores_table(title, result),
        told + "; ".join(verdict["reasons"]) + ".",
    )

"""Commands about base models: which fit this machine, and fetching one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storage.errors import InputError
from storage.texts import Text
from twin.cli.base import CommandContext, command
from twin.cli.output import errors, hint, language, said, table

if TYPE_CHECKING:
    from twin.engine.bases.fetch import FetchProgress
    from twin.engine.bases.offers import Offer

bases_app = typer.Typer(help="Base models: which fit this machine, and fetching one.")

BaseName = Annotated[
    str, typer.Argument(metavar="BASE", help="A name of `bases list`, a hub's id, or a folder.")
]


@command(bases_app, "list")
def list_(session: CommandContext) -> None:
    """Measure this machine, and show which bases fit it and speak your language."""
    from twin.engine.bases.log_figures import log_figures
    from twin.engine.bases.machine import measure_machine
    from twin.engine.bases.offers import language_advice, offers

    machine, log = measure_machine(session.config), log_figures(session.db)
    found = offers(session.config, machine, log)
    base = session.config.model.base
    advice = language_advice(base, log)
    document = {
        "in_use": base,
        "machine": asdict(machine),
        "log": asdict(log),
        "bases": [_document(one) for one in found],
        "advice": advice,
    }
    ends = [language().say("In use: {base}", base=base), *([said(advice)] if advice else [])]
    session.out.show(document, *offers_for_people(found), *ends)


def _document(offer: "Offer") -> dict[str, Any]:
    return {
        **asdict(offer.base),
        "parameters": offer.base.shape.parameters,
        "is_here": offer.is_here,
        "fit": asdict(offer.fit),
        "advice": offer.advice,
    }


def offers_for_people(offers: "list[Offer]") -> Iterator[Any]:
    """A table of them, then a line for each that does not fit well."""
    from twin.engine.bases.fit import VERDICTS
    from twin.engine.bases.known import LANGUAGES
    from twin.engine.bases.spans import gigabytes

    say = language().say
    rows = [
        [
            one.base.name,
            say(VERDICTS[one.fit.verdict]),
            " · ".join(say(LANGUAGES[each]) for each in one.base.languages),
            say("here") if one.is_here else gigabytes(one.base.download_bytes),
            say(one.fit.night_in_words),
            say(one.fit.reply_in_words),
            one.base.licence,
        ]
        for one in offers
    ]
    columns = [
        "!" + say("base model"),
        "!" + say("fits"),
        say("speaks"),
        "#" + say("to fetch"),
        say("a night"),
        say("a reply"),
        say("licence"),
    ]
    yield table(say("Base models for this machine"), columns, rows)
    for one in offers:
        if one.fit.verdict != "fits":
            yield f"{one.base.name}: {say(one.fit.reason)}"


@command(bases_app)
def fit(session: CommandContext, base: BaseName) -> None:
    """Show what one base would need on this machine, before it is fetched."""
    from twin.engine.bases.fit import fit as fit_of
    from twin.engine.bases.log_figures import log_figures
    from twin.engine.bases.machine import measure_machine
    from twin.engine.bases.offers import shape_and_download, tokens_of
    from twin.engine.bases.spans import gigabytes

    config = session.config
    shape, download = shape_and_download(config, base)
    machine, log = measure_machine(config), log_figures(session.db)
    found = fit_of(shape, machine, config, tokens_of(base, config, log), download)
    say = language().say
    session.out.show(
        {"base": base, "parameters": shape.parameters, "fit": asdict(found)},
        f"{base}: {say(found.reason)}",
        say(
            "{parameters} million parameters; memory: {answering} to answer, {training} to train; "
            "a night: {night}; a reply: {reply}",
            parameters=f"{shape.parameters / 1e6:.0f}",
            answering=gigabytes(found.answering),
            training=gigabytes(found.training),
            night=say(found.night_in_words),
            reply=say(found.reply_in_words),
        ),
    )


@command(bases_app)
def get(
    session: CommandContext,
    base: BaseName,
    hub: Annotated[
        str | None,
        typer.Option(
            help="huggingface, modelscope or a mirror's address.", show_default="[model] hub"
        ),
    ] = None,
    revision: Annotated[
        str | None,
        typer.Option(
            help="A branch, tag or commit of it at the hub.", show_default="[model] revision"
        ),
    ] = None,
) -> None:
    """Fetch a base; what was cut off goes on."""
    from twin.engine.base_models import local_base, with_revision
    from twin.engine.bases.fetch import fetch_base

    config = session.config if revision is None else with_revision(session.config, base, revision)
    folder = local_base(config, base)
    if folder is None:
        with fetch_bar() as told:
            folder = fetch_base(config, base, told, hub=hub)
    session.out.show({"base": base, "folder": folder}, str(folder))
    if session.config.model.base != base:
        hint(language().say('To use it: [model] base = "{base}"', base=base))
    if revision is not None and session.config.model.revision != revision:
        hint(language().say('To use it: [model] revision = "{revision}"', revision=revision))


@command(bases_app)
def convert(
    session: CommandContext,
    folder: Annotated[Path, typer.Argument(help="Of a base with pytorch_model.bin files.")],
) -> None:
    """Write the pickled weights of a folder as safetensors, beside them; nothing in them runs."""
    from twin.engine.bases.pickles import convert as convert_weights
    from twin.engine.bases.pickles import pickles_in

    if not pickles_in(folder):
        raise InputError(
            Text("{folder}: no pytorch_model.bin in it; give a base's folder", folder=folder)
        )
    if any(folder.glob("*.safetensors")):
        raise InputError(
            Text("{folder}: it has .safetensors already, which are what is loaded", folder=folder)
        )
    convert_weights(folder)
    session.out.show({"folder": folder}, language().say("{folder}: done", folder=folder))


@contextmanager
def fetch_bar() -> "Iterator[Callable[[FetchProgress], None]]":
    """A bar on stderr; what is to be called with each progress."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=errors)
    task = bar.add_task("", total=None)

    def told(progress: "FetchProgress") -> None:
        bar.start()  # not before something comes: an error is one line
        bar.update(task, description=progress.file, completed=progress.done, total=progress.total)

    try:
        yield told
    except KeyboardInterrupt:
        hint(language().say("fetching was ended; it goes on from here the next time"))
        raise
    finally:
        if bar.live.is_started:
            bar.stop()

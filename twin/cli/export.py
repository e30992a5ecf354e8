"""`bot.py export`: the twin's adapter for other programs."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from storage.adapters import Adapter, live_adapter, promotable
from storage.errors import InputError
from storage.texts import Text
from twin.cli.base import CommandContext, command
from twin.cli.output import errors, hint, language

export_app = typer.Typer()  # no name: its command is a top-level one


@command(export_app)
def export(
    session: CommandContext,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="A new folder for base and adapter, merged."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--adapter", metavar="NAME", help="Which one.", show_default="the live one"),
    ] = None,
    gguf_adapter: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A new file for the adapter alone, for llama.cpp."),
    ] = None,
) -> None:
    """Write what the twin learnt for another server: merged weights, or the adapter as GGUF."""
    if (folder is None) == (gguf_adapter is None):
        raise InputError(Text("export: name either a FOLDER or --gguf-adapter FILE"))
    target = (folder or gguf_adapter or Path()).absolute()
    _check_target(target, session.config.data)
    adapter = _chosen(session, name)
    if gguf_adapter is None:
        size = _merge(session, adapter, target)
    else:
        size = _convert(session, adapter, target)
    document: dict[str, Any] = {
        "adapter": adapter.name,
        "base": session.config.model.base,
        "file" if folder is None else "folder": str(target),
        "bytes": size,
    }
    session.out.show(document, str(target))
    hint(language().say("Whoever has it has what the twin learnt from your chats."))


def _check_target(target: Path, data: Path) -> None:
    if os.path.lexists(target):
        raise InputError(Text("{path}: is there already; name another", path=target))
    if Path(os.path.realpath(target)).is_relative_to(os.path.realpath(data)):
        raise InputError(
            Text(
                "{path}: lies in the twin's own folder {data}, all of which is in every backup; "
                "name another",
                path=target,
                data=data,
            )
        )


def _chosen(session: CommandContext, name: str | None) -> Adapter:
    """Raises InputError where there is none that may answer, and TwinError for another base's."""
    from twin.engine.adapter_files import check_adapter

    live = live_adapter(session.db) if name is None else None
    wanted = name or (live.name if live is not None else None)
    if wanted is None:
        raise InputError(
            Text("export: no adapter is live; train (`bot.py train`), or name one with --adapter")
        )
    adapter = promotable(session.db, wanted)
    check_adapter(session.config.path_of(adapter.path), session.config)
    return adapter


def _merge(session: CommandContext, adapter: Adapter, folder: Path) -> int:
    from twin.engine.export.merged import export_merged, has_template

    with _bar() as told:
        size = export_merged(session.config, session.config.path_of(adapter.path), folder, told)
    say = language().say
    if not has_template(folder):
        hint(say("The base has no chat template: a server needs one to be asked with messages."))
    hint(
        say(
            "As GGUF: llama.cpp's `python convert_hf_to_gguf.py {folder} --outfile twin.gguf`",
            folder=folder,
        )
    )
    return size


def _convert(session: CommandContext, adapter: Adapter, file: Path) -> int:
    from twin.engine.export.adapter_gguf import write_adapter_gguf

    size = write_adapter_gguf(session.config, session.config.path_of(adapter.path), file)
    say = language().say
    hint(say("For llama.cpp: `llama-server -m BASE.gguf --lora {file}`, BASE of the same weights.",
             file=file))  # fmt: skip
    return size


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """On stderr; nothing is shown where no terminal is."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as bars:
        task = bars.add_task("merging", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)

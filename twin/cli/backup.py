"""Commands that keep all of a twin in one file, and put it back."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn

from storage.errors import InputError
from twin.backup.archive import Told
from twin.cli.base import CommandContext, command
from twin.cli.output import errors, facts, hint

backup_app = typer.Typer()  # no name: its commands are top-level ones

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


@command(backup_app)
def backup(
    session: CommandContext,
    file: File,
    secrets: Annotated[
        bool,
        typer.Option("--with-secrets", help="Also the accounts' logins and the pages' password."),
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Without a passphrase: whoever has it can read it.")
    ] = False,
) -> None:
    """Write messages, adapters and settings into one file, encrypted; the bot may run meanwhile."""
    from twin.backup.make import make_backup
    from twin.backup.passphrase import machine_passphrase, usable

    passphrase = None
    if not plain:
        passphrase = machine_passphrase(session.config) or usable(_typed(twice=True))
    with _progress() as told:
        made = make_backup(session.config, file, passphrase=passphrase, secrets=secrets, told=told)
    document = {
        "file": str(file),
        "bytes": file.stat().st_size,
        "files": len(made.files),
        "encrypted": passphrase is not None,
        "secrets": made.secrets,
    }
    session.out.show(document, facts("Backup", document))


@command(backup_app)
def restore(
    session: CommandContext,
    file: File,
    check: Annotated[
        bool, typer.Option("--check", help="Only read it as a whole; nothing is changed.")
    ] = False,
) -> None:
    """Put a backup where no twin is yet: the folder of --config FILE, which need not exist."""
    from twin.backup import restore as restoring
    from twin.backup.encryption import is_encrypted

    passphrase = _typed() if is_encrypted(file) else None
    with _progress() as told:
        done = (
            restoring.check(file, passphrase, told)
            if check
            else restoring.restore(file, session.config_file, passphrase, told)
        )
    document = asdict(done)
    session.out.show(document, facts("Whole" if check else "Restored", document))
    if not check and not done.secrets:
        hint("It was made without the accounts' logins: connect them again.")


def _typed(*, twice: bool = False) -> str:
    from twin.backup.passphrase import VARIABLE

    if given := os.environ.get(VARIABLE):
        return given
    if not sys.stdin.isatty():
        raise InputError(f"a passphrase is needed: set {VARIABLE}, or use a terminal")
    given = getpass.getpass("Passphrase: ")
    if twice and getpass.getpass("The same again: ") != given:
        raise InputError("the two passphrases differ: nothing was written; try again")
    return given


@contextmanager
def _progress() -> Iterator[Told]:
    """How many bytes were read; nothing is shown where no terminal is."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as bars:
        task = bars.add_task("reading", total=None)
        yield lambda count: bars.advance(task, count)

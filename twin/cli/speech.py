"""Commands about speaking: the owner's recorded consent, taking it back, how it stands."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from twin.cli.base import CommandContext, command
from twin.cli.output import facts, plain

speech_app = typer.Typer(help="Let the twin speak.", no_args_is_help=True)

Spoken = Annotated[Literal["en", "zh"], typer.Option(help="The language of the sentence.")]


@command(speech_app)
def sentence(session: CommandContext, language: Spoken = "en") -> None:
    """Show the sentence to say aloud and record."""
    from twin.speech.consent import sentence as sentence_of

    said = sentence_of(session.config, language)
    session.out.show({"sentence": said}, plain(said))


@command(speech_app)
def consent(
    session: CommandContext,
    recording: Annotated[Path, typer.Argument(metavar="FILE", help="You, saying the sentence.")],
    language: Spoken = "en",
) -> None:
    """Record that the twin may speak with your voice."""
    from storage.database import now_ms
    from twin.speech.consent import take_consent

    taken = take_consent(session.db, session.config, recording, language, now_ms())
    session.out.show(asdict(taken), facts("Recorded", asdict(taken)))


@command(speech_app)
def withdraw(session: CommandContext) -> None:
    """Take the consent back: from now on answers are written. The recording is deleted."""
    from storage.database import now_ms
    from storage.speech_consents import withdraw_speech_consent

    taken = withdraw_speech_consent(session.db, now_ms())
    for one in taken:
        session.config.path_of(one.recording).unlink(missing_ok=True)
    session.out.show(asdict(taken[-1]), "Withdrawn; the recording is deleted.")


@command(speech_app)
def status(session: CommandContext) -> None:
    """Whether the twin speaks, and if not, why."""
    from storage.speech_consents import speech_consent

    settings, taken = session.config.speech, speech_consent(session.db)
    document = {
        "server": settings.server or None,
        "voice": settings.voice or None,
        "consent": taken and asdict(taken),
        "speaks": bool(settings.server and settings.voice and taken),
    }
    session.out.show(document, facts("Speaking", document))

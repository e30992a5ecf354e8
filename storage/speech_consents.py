"""The owner's recorded word that the twin may speak with their voice, and taking it back."""

from dataclasses import dataclass

from sqlite_utils import Database

from storage.database import transaction
from storage.errors import InputError
from storage.texts import Text


@dataclass(frozen=True, slots=True)
class SpeechConsent:
    """`sentence`: what the owner was to say; `recording`: the file in which they do, relative to
    the data folder; `at` in UTC milliseconds.
    """

    sentence: str
    recording: str
    at: int


def speech_consent(db: Database) -> SpeechConsent | None:
    """What was recorded last; None where there is nothing, or it was withdrawn."""
    row = db.execute(
        "SELECT sentence, recording, at, withdrawn_at FROM speech_consents ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return SpeechConsent(*row[:3]) if row and row[3] is None else None


def record_speech_consent(db: Database, consent: SpeechConsent) -> None:
    with transaction(db):
        db.execute(
            "INSERT INTO speech_consents (sentence, recording, at) VALUES (?, ?, ?)",
            [consent.sentence, consent.recording, consent.at],
        )


def withdraw_speech_consent(db: Database, now: int) -> list[SpeechConsent]:
    """What was withdrawn, the latest last: it may have been given more than once. Raises InputError
    where there is none.
    """
    with transaction(db):
        rows = db.execute(
            "SELECT sentence, recording, at FROM speech_consents WHERE withdrawn_at IS NULL "
            "ORDER BY id"
        ).fetchall()
        if not rows:
            raise InputError(Text("there is no consent to speak, so there is none to withdraw"))
        db.execute("UPDATE speech_consents SET withdrawn_at = ? WHERE withdrawn_at IS NULL", [now])
    return [SpeechConsent(*row) for row in rows]

"""Decide whether an answer is spoken: to a voice, with consent, if people would say it."""

import re

from sqlite_utils import Database

from storage.outbox import Piece
from storage.speech_consents import speech_consent
from twin.config.speech_section import SpeechSettings
from twin.connectors.base import Connector
from twin.speech.server import SpeechServer

LONGEST = 400  # characters that anybody says in one voice
# What is read and not said: addresses, code, lists.
_UNSAYABLE = re.compile(
    r"://|`|@\w|www\.|[a-z0-9]\.(?:com|net|org|cn|[a-z]{2,10}/)"
    r"|^[ \t]{0,8}(?:[-*#|]|\d{1,2}[.)][ \t])",
    re.MULTILINE | re.IGNORECASE,
)


class Speaker:
    """Speaks the twin's answers to voices; everything else is written."""

    def __init__(self, settings: SpeechSettings, db: Database) -> None:
        self._db, self._server = db, SpeechServer(settings)
        self._is_on = bool(settings.server and settings.voice)

    def speaks(self, piece: Piece, connector: Connector) -> bool:
        """Whether it is to be spoken."""
        return (
            self._is_on
            and connector.capabilities.voices
            and is_sayable(piece.text)
            and answers_voice(self._db, piece)
            and self.may_speak()
        )

    def may_speak(self) -> bool:
        """Whether the owner's consent stands, which they may take back at any time."""
        return speech_consent(self._db) is not None

    async def say(self, piece: Piece) -> bytes | None:
        """The sound, in Ogg Opus; None where it is to be written after all."""
        return await self._server.say(piece.text)


def is_sayable(text: str) -> bool:
    """Whether people would say it, and not write it."""
    has_words = any(sign.isalpha() for sign in text)
    return has_words and len(text) <= LONGEST and _UNSAYABLE.search(text) is None


def answers_voice(db: Database, piece: Piece) -> bool:
    """Whether it is the twin's answer to what a friend said last, and they said it by voice."""
    if piece.kind != "text" or piece.words != "twin":
        return False
    row = db.execute(
        "SELECT m.kind FROM decisions d JOIN messages m ON m.id = d.last_message_id WHERE d.id = ?",
        [piece.decision_id],
    ).fetchone()
    return row is not None and row[0] == "voice"

"""Whether answers to voices can be spoken, where a server for that is named."""

from sqlite_utils import Database

from storage.speech_consents import speech_consent
from storage.texts import Text
from twin.config.schema import Config
from twin.diagnostics.findings import Check, problem

_NAME = "speaking"


def check_speech(config: Config, db: Database) -> Check:
    """Asks no server: whatever fails there, the answer is written."""
    speech = config.speech
    if not speech.server:
        return Check(_NAME, "ok", "off: all is written")
    if not speech.voice:
        return problem("no_voice_named", server=speech.server)
    if speech_consent(db) is None:
        return problem("no_speech_consent")
    said = Text("{server} speaks as {voice}", server=speech.server, voice=speech.voice)
    return Check(_NAME, "ok", said)

"""Take the owner's recorded consent to be spoken for: the sentence, and the sound of it."""

import hashlib
from pathlib import Path

from sqlite_utils import Database

from storage.atomic_files import write_bytes
from storage.errors import InputError
from storage.speech_consents import SpeechConsent, record_speech_consent
from storage.texts import Text
from twin.config.schema import Config
from twin.media.contents import content_of

SENTENCES = {
    "en": "I am {name}, and I agree that my twin speaks with my voice.",
    "zh": "我是{name}，我同意我的分身用我的声音说话。",
}
FOLDER = "media/speech"
LEAST_BYTES, MOST_BYTES = 2_000, 10_000_000
# The ending of a sound's name, by its format.
_ENDINGS = {"ogg": ".ogg", "mp3": ".mp3", "flac": ".flac", "wav": ".wav", "mp4": ".m4a"}


def sentence(config: Config, language: str) -> str:
    """What the owner says aloud. Raises InputError where they have no name."""
    if not config.owner.name:
        raise InputError(Text("[owner] name is empty; whose voice would it be?"))
    return SENTENCES[language].format(name=config.owner.name)


def take_consent(
    db: Database, config: Config, recording: Path, language: str, now: int
) -> SpeechConsent:
    """Keep the recording in the data folder, with the sentence and the time. Raises InputError."""
    said = sentence(config, language)
    try:
        sound = recording.read_bytes() if recording.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        raise InputError(
            Text("{path}: it can't be read ({cause})", path=recording, cause=error.strerror)
        ) from None
    content = content_of(sound)
    ending = content and _ENDINGS.get(content.format)
    if ending is None or len(sound) < LEAST_BYTES:
        raise InputError(
            Text(
                "{path}: no recording of a sentence; give an Ogg, MP3, FLAC, WAV or M4A file of "
                "at most 10 MB",
                path=recording,
            )
        )
    path = f"{FOLDER}/{hashlib.blake2b(sound, digest_size=12).hexdigest()}{ending}"
    write_bytes(config.path_of(path), sound, mode=0o600)
    consent = SpeechConsent(said, path, now)
    record_speech_consent(db, consent)
    return consent

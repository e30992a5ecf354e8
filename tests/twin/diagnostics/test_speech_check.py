"""What the doctor says of speaking."""

from pathlib import Path

from sqlite_utils import Database

from storage.speech_consents import SpeechConsent, record_speech_consent
from tests.twin.fakes import config_in
from twin.diagnostics.speech_check import check_speech


def test_the_first_thing_in_the_way(db: Database, tmp_path: Path) -> None:
    config = config_in(tmp_path)
    assert check_speech(config, db).verdict == "ok"
    config = config.with_values("speech", server="http://127.0.0.1:8880")
    assert check_speech(config, db).code == "no_voice_named"
    config = config.with_values("speech", voice="olga")
    assert check_speech(config, db).code == "no_speech_consent"
    record_speech_consent(db, SpeechConsent("I agree.", "media/speech/a.ogg", 5))
    found = check_speech(config, db)
    assert (found.verdict, found.found) == ("ok", "http://127.0.0.1:8880 speaks as olga")

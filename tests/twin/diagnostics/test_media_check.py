"""What the doctor says of files of messages."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.messages import NewMessage, log_message
from tests.twin.fakes import chat_with, config_in
from twin.diagnostics import media_check
from twin.diagnostics.media_check import check_media
from twin.media.needs import NEEDED, VOCABULARIES

Missing = dict[str, list[str]]


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> Missing:
    """What is to be installed; at first nothing."""
    found: Missing = {"pictures": [], "voices": []}
    monkeypatch.setattr(media_check, "missing_packages", found.__getitem__)
    return found


def got(db: Database, kind: str) -> None:
    chat = chat_with(db, "ann")
    log_message(db, NewMessage(chat.id, "peer", "", 1, kind=kind, media=f"media/x/{kind}"))


def test_what_is_missing_matters_where_files_wait(
    db: Database, tmp_path: Path, missing: Missing
) -> None:
    config = config_in(tmp_path)
    missing["pictures"] = ["rapidocr", "av"]
    assert check_media(config, db).found == "pictures are not read, voices are not"
    got(db, "file")
    assert check_media(config, db).verdict == "ok"
    got(db, "sticker")
    found = check_media(config, db)
    assert found.code == "pictures_unread"
    assert "1; packages are missing: rapidocr av" in found.found
    assert "-m pip install rapidocr av" in found.remedy
    assert check_media(config.with_values("media", read=False), db).verdict == "ok"
    missing["pictures"] = []
    assert check_media(config, db).found == "pictures and stickers are read, voices are not"
    got(db, "voice")
    assert check_media(config, db).code == "voices_unread"


def test_what_describes_pictures(db: Database, tmp_path: Path, missing: Missing) -> None:
    config = config_in(tmp_path).with_values("media", describe=True)
    assert check_media(config, db).code == "nothing_describes"
    served = config.with_values("engine", server="http://127.0.0.1:8000")
    assert check_media(served, db).verdict == "ok"


def test_a_model_for_voices(db: Database, tmp_path: Path, missing: Missing) -> None:
    config = config_in(tmp_path).with_values("media", whisper="small")
    found = check_media(config, db)
    assert found.code == "no_whisper_model"
    assert str(tmp_path / "small") in found.found
    (tmp_path / "small").mkdir()
    for name in (*NEEDED, VOCABULARIES[0]):
        (tmp_path / "small" / name).touch()
    assert check_media(config, db).found.endswith("voices are written down")
    missing["voices"] = ["faster-whisper"]
    assert check_media(config, db).code == "no_voice_packages"

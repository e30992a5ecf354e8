"""`bot.py speech`."""

from pathlib import Path

import pytest

from tests.terminal import Terminal


def test_withdrawn_no_recording_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    speech = Terminal(tmp_path, capsys, "speech", settings='[owner]\nname = "Olga"\n')
    for number in range(2):  # the second one in place of the first, in which there was a cough
        recording = tmp_path / f"{number}.ogg"
        recording.write_bytes(b"OggS" + b"%d" % number * 3000)
        taken = speech.json("consent", str(recording))
    kept = speech.database.parent / "media/speech"
    assert len(list(kept.iterdir())) == 2
    assert speech.json("withdraw") == taken
    assert list(kept.iterdir()) == []
    assert speech("withdraw")[0] == 2

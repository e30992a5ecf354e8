"""The process that reads: what it makes of files, and what it may not do."""

import base64
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.twin.media import samples
from twin.config.schema import Config
from twin.media.__main__ import answer
from twin.media.contents import Content
from twin.media.failures import NO_MEMORY
from twin.media.reader import MediaReader


class Reads:
    name = "fake"

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def read(self, data: bytes, content: Content) -> str:
        if self._error is not None:
            raise self._error
        return f"{content.format} of {len(data)}"


def said(tmp_path: Path, data: bytes, error: Exception | None = None) -> dict[str, str]:
    return answer(Reads(error), samples.put(tmp_path, "a.mp3", data))


def test_the_content_counts_and_not_the_name(tmp_path: Path) -> None:
    data = samples.picture()
    assert said(tmp_path, data) == {"text": f"PNG of {len(data)}"}


def test_for_a_model_that_sees_it_gives_a_small_picture(tmp_path: Path) -> None:
    file = samples.put(tmp_path, "a", samples.picture("PNG", (3000, 1500), "RGBA"))
    told = answer(Reads(), file, show=True)
    with Image.open(io.BytesIO(base64.b64decode(told["picture"]))) as image:
        assert (image.format, image.size) == ("JPEG", (768, 384))
    assert told["text"]
    file = samples.put(tmp_path, "b", b"no picture")
    assert answer(Reads(), file, show=True) == {"failure": "unknown"}


def test_why_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(tmp_path, b"") == {"failure": "empty"}
    assert said(tmp_path, b"hello") == {"failure": "unknown"}
    assert said(tmp_path, samples.picture(), ValueError("x")) == {"failure": "broken"}
    assert said(tmp_path, samples.picture(), MemoryError()) == {"failure": NO_MEMORY}
    alloc = RuntimeError("Exception from src/inference: std::bad_alloc")
    assert said(tmp_path, samples.picture(), alloc) == {"failure": NO_MEMORY}
    monkeypatch.setattr("twin.media.__main__.MOST_BYTES", 10)
    assert said(tmp_path, samples.picture()) == {"failure": "too_large"}
    assert answer(Reads(), tmp_path / "none") == {"failure": "gone"}
    assert answer(Reads(), tmp_path) == {"failure": "gone"}


_CONFINED = """
import json, socket, subprocess, sys
from pathlib import Path
from twin.media import __main__ as reading

class Tries:
    name = "fake"
    def read(self, data, content):
        tried = []
        for call in (
            lambda: socket.socket(),
            lambda: subprocess.run(["true"]),
            lambda: Path(sys.argv[1]).write_bytes(data),
            lambda: bytearray(3 * 10**9),
        ):
            try:
                call()
                tried.append("done")
            except Exception as error:
                tried.append(type(error).__name__)
        print("what a library prints")
        print(data, file=sys.stderr)
        return " ".join(tried)

reading._loaded = lambda given: Tries()
sys.exit(reading.main(["pictures"]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limits of Linux")
def test_it_reaches_nobody_and_nothing(tmp_path: Path) -> None:
    file, target = samples.put(tmp_path, "a", samples.picture()), tmp_path / "written"
    command = [sys.executable, "-c", _CONFINED, str(target)]
    question = json.dumps({"path": str(file), "show": False}) + "\n"
    ended = subprocess.run(command, input=question, capture_output=True, text=True, check=True)
    first, second = map(json.loads, ended.stdout.splitlines())
    assert first == {"reader": "fake"}
    assert second == {"text": "PermissionError PermissionError OSError MemoryError"}
    assert target.read_bytes() == b""
    assert ended.stderr == ""


@pytest.mark.slow
async def test_the_words_of_a_picture(config: Config, tmp_path: Path) -> None:
    """With the real models."""
    pytest.importorskip("rapidocr")
    image = Image.new("RGB", (420, 120), "white")
    font = ImageFont.load_default(48)
    ImageDraw.Draw(image).text((20, 30), "See you at 3 pm", font=font, fill="black")
    reader = MediaReader(config)
    for _ in range(2):
        file = samples.put(tmp_path, "a", samples.saved(image, "PNG"))
        assert (await reader.read(file, "image", is_friends=True)).text.split() == [
            "See",
            "you",
            "at",
            "3",
            "pm",
        ]
    await reader.close()


@pytest.mark.slow
def test_a_part_that_is_not_there_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "twin.media", "voices", "--whisper", str(tmp_path / "none")]
    ended = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "unusable" in json.loads(ended.stdout)

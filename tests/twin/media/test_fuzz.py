"""Damaged files: words or a reason, never a crash, a hang or an open file.

TWIN_FUZZ is their number, and all pass the process that reads, without its models unless
TWIN_WHISPER names a folder with one. Without it 200, which are always the same, are decoded here.
With `-s` what became of them is counted at the end.
"""

import asyncio
import gc
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.twin.media import samples
from twin.config.schema import Config
from twin.media import reader as reading
from twin.media.__main__ import answer
from twin.media.contents import Content
from twin.media.pictures import frames_of
from twin.media.reader import MediaReader
from twin.media.sounds import sound_of

pytest.importorskip("av")
pytest.importorskip("pysilk")
pytestmark = pytest.mark.slow

FILES = int(os.environ.get("TWIN_FUZZ", "0"))
STEADY_FILES = 200
LONGEST_S = 20  # for a file that says of itself that it is large
PICTURES: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: samples.picture("JPEG", (200, 120)),
    "png": lambda: samples.picture("PNG", (200, 120)),
    "palette": lambda: samples.picture("PNG", mode="P"),
    "webp": lambda: samples.picture("WEBP", (200, 120)),
    "bmp": lambda: samples.picture("BMP"),
    "gif": lambda: samples.moving("GIF", 12),
    "moving webp": lambda: samples.moving("WEBP", 6),
    "film": samples.film,
}
VOICES: dict[str, Callable[[], bytes]] = {
    "silk": samples.silk,
    "silk of others": lambda: samples.silk(of_wechat=False),
    "wav": samples.tone,
    "opus": lambda: samples.encoded("ogg", "libopus", 48_000),
    "mp3": lambda: samples.encoded("mp3", "libmp3lame"),
    "m4a": lambda: samples.encoded("mp4", "aac"),
    "aac": lambda: samples.encoded("adts", "aac"),
    "flac": lambda: samples.encoded("flac", "flac"),
    "webm": lambda: samples.encoded("webm", "libopus", 48_000),
}
NASTY = (
    b"\0" * 8,
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\1",
)


def damaged(data: bytes, rng: random.Random) -> bytes:
    """After one to six accidents, of which most leave the beginning as it was."""
    file = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 6))):
        first = 0 if rng.random() < 0.2 else min(12, len(file) - 1)
        at = rng.randrange(first, max(first + 1, len(file)))
        match rng.randrange(6):
            case 0:
                del file[at:]
            case 1:
                file[at : at + 1] = bytes([rng.randrange(256)])
            case 2:
                nasty = rng.choice(NASTY)
                file[at : at + len(nasty)] = nasty
            case 3:
                del file[at : at + rng.randint(1, 64)]
            case 4:
                file[at:at] = file[at : at + rng.randint(1, 256)] * rng.randint(1, 4)
            case 5:
                file[at:at] = rng.randbytes(rng.randint(1, 32))
    return bytes(file)


class Decodes:
    """The reader without its models."""

    name = "decoder"

    def __init__(self, part: str) -> None:
        self._part = part

    def read(self, data: bytes, content: Content) -> str:
        if self._part == "voices":
            return str(len(sound_of(data, content)))
        return str(sum(part.size for parts in frames_of(data, content) for part in parts))


def open_files() -> int:
    return psutil.Process().num_fds() if os.name == "posix" else 0


def test_decoding_ends_in_words_or_a_reason(tmp_path: Path) -> None:
    rng = random.Random(7)
    before = open_files()
    ends: Counter[str] = Counter()
    for part, kinds in (("pictures", PICTURES), ("voices", VOICES)):
        made = {name: make() for name, make in kinds.items()}
        for _ in range(STEADY_FILES // 2):
            name = rng.choice(list(made))
            file = samples.put(tmp_path, "a", damaged(made[name], rng))
            told = answer(Decodes(part), file)
            ends[told.get("failure", "read")] += 1
    gc.collect()
    assert open_files() <= before
    assert ends["read"] > STEADY_FILES // 10
    assert ends["broken"] > STEADY_FILES // 10


async def outlived(
    part: str, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.environ.get("TWIN_WHISPER")
    if whole is None:
        script = _WITHOUT_MODELS.format(part=part)
        monkeypatch.setattr(reading, "reader_command", lambda *_: [sys.executable, "-c", script])
    config = config.with_values("media", whisper=whole or "")
    reader = MediaReader(config)
    kind, kinds = ("voice", VOICES) if part == "voices" else ("image", PICTURES)
    made = {name: make() for name, make in kinds.items()}
    rng, ends, slowest = random.Random(), Counter[str](), 0.0
    lag = asyncio.create_task(_worst_lag())
    before = 0
    for number in range(FILES // 2):
        name = rng.choice(list(made))
        file = samples.put(tmp_path, "a", damaged(made[name], rng))
        began = time.monotonic()
        read = await reader.read(file, kind, is_friends=True)
        slowest = max(slowest, time.monotonic() - began)
        ends[read.failure or "read"] += 1
        if number == 100:
            before = open_files()
    after = open_files()
    lag.cancel()
    [worst] = await asyncio.gather(lag, return_exceptions=True)
    await reader.close()
    print(f"{part}: {dict(ends)}; slowest {slowest:.1f} s; loop late by {worst} ms at most")
    assert after <= before
    assert slowest < LONGEST_S


if FILES:

    @pytest.mark.parametrize("part", ["pictures", "voices"])
    async def test_the_bot_outlives_them_all(
        part: str, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await outlived(part, config, tmp_path, monkeypatch)


_WITHOUT_MODELS = """
import sys
from tests.twin.media.test_fuzz import Decodes
from twin.media import __main__ as reading
reading._loaded = lambda given: Decodes("{part}")
sys.exit(reading.main(["{part}"]))
"""


async def _worst_lag() -> str:
    worst = 0.0
    try:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.02)
            worst = max(worst, time.monotonic() - began - 0.02)
    except asyncio.CancelledError:
        return f"{worst * 1000:.0f}"

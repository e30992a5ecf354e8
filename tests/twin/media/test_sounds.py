"""Recordings as numbers."""

import struct

import numpy as np
import pytest

from tests.twin.media import samples
from twin.media.contents import HEAD, content_of
from twin.media.failures import Unreadable
from twin.media.sounds import LONGEST_S, RATE, Sound, sound_of

pytest.importorskip("av")


def heard(data: bytes) -> Sound:
    content = content_of(data[:HEAD])
    assert content is not None
    return sound_of(data, content)


def test_a_recording_in_16000_numbers_a_second() -> None:
    sound = heard(samples.tone(0.5))
    assert sound.dtype == np.float32
    assert abs(len(sound) - RATE // 2) < 50
    assert 0.3 < abs(sound).max() < 0.5


@pytest.mark.parametrize(
    ("format", "codec", "rate"),
    [
        ("ogg", "libopus", 48_000),
        ("mp3", "libmp3lame", 16_000),
        ("mp4", "aac", 16_000),
        ("adts", "aac", 16_000),
        ("flac", "flac", 16_000),
        ("webm", "libopus", 48_000),
        ("caf", "pcm_s16be", 16_000),
    ],
)
def test_other_formats(format: str, codec: str, rate: int) -> None:
    sound = heard(samples.encoded(format, codec, rate))
    assert 0.4 * RATE < len(sound) < 0.7 * RATE
    assert abs(sound).max() > 0.1


@pytest.mark.parametrize("of_wechat", [True, False])
def test_silk(of_wechat: bool) -> None:
    pytest.importorskip("pysilk")
    sound = heard(samples.silk(0.5, of_wechat=of_wechat))
    assert 0.4 * RATE < len(sound) < 0.7 * RATE


def test_ten_hours_of_silence_are_too_long_before_they_are_decoded() -> None:
    packet = struct.pack("<H", 1) + b"\0"
    hours = b"\x02#!SILK_V3" + packet * (10 * 3600 * 50)
    with pytest.raises(Unreadable, match="too_long"):
        heard(hours)
    silence = np.zeros((LONGEST_S + 1) * 1000, "<i2")
    with pytest.raises(Unreadable, match="too_long"):
        heard(samples.recording(silence, 1000))


def test_a_film_without_sound_has_none() -> None:
    with pytest.raises(Unreadable, match="unknown"):
        heard(samples.film())


def test_nothing_but_a_heading_is_broken() -> None:
    with pytest.raises(Unreadable, match="broken"):
        heard(samples.recording(np.zeros(0, "<i2"), 8000))
    for data in (b"OggS", b"#!AMR\n", b"\x02#!SILK_V3", b"ID3", b"fLaC"):
        with pytest.raises(Exception, match=r"."):
            heard(data)

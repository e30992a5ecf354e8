"""A stranger's recording as numbers: one channel, 16,000 a second, from -1 to 1."""

import io
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.media.contents import Content
from twin.media.failures import Unreadable

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer

Sound = NDArray[np.float32]

RATE = 16_000
LONGEST_S = 300
_SILK = b"#!SILK_V3"
_SILK_PACKET_S = 0.02  # at least
_MOST_BAD = 100  # packets


def sound_of(data: bytes, content: Content) -> Sound:
    """Raises Unreadable, and whatever the decoders raise for broken files."""
    samples = _of_silk(data) if content.format == "silk" else _decoded(data, content)
    if not samples.size:
        raise Unreadable("broken")
    return samples.astype(np.float32) / np.float32(32768)


def _of_silk(data: bytes) -> NDArray[np.int16]:
    import pysilk

    data = data[data.index(_SILK) :]
    if _has_many_packets(data):
        raise Unreadable("too_long")
    decoded = io.BytesIO()
    pysilk.decode(io.BytesIO(data), decoded, RATE)
    return np.frombuffer(decoded.getvalue(), dtype="<i2")


def _has_many_packets(data: bytes) -> bool:
    """Each has its length before it, and becomes 20 ms however short it is."""
    place, left = len(_SILK), LONGEST_S / _SILK_PACKET_S
    while place + 2 <= len(data) and left >= 0:
        length = int.from_bytes(data[place : place + 2], "little", signed=True)
        if length < 0:
            break
        place, left = place + 2 + length, left - 1
    return left < 0


def _decoded(data: bytes, content: Content) -> NDArray[np.int16]:
    import av

    pieces: list[NDArray[np.int16]] = []
    left = LONGEST_S * RATE
    with av.open(io.BytesIO(data), format=content.format, metadata_errors="ignore") as container:
        if not container.streams.audio:
            raise Unreadable("unknown")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in chain(_frames(container), [None]):
            if frame is not None:
                frame.pts = None  # a gap in time would be filled with silence
            for resampled in resampler.resample(frame):
                pieces.append(resampled.to_ndarray()[0])
                left -= resampled.samples
                if left < 0:
                    raise Unreadable("too_long")
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def _frames(container: "InputContainer") -> "Iterator[AudioFrame]":
    """What can be decoded: a hole in a recording does not spoil the rest."""
    from av.error import InvalidDataError

    bad = 0
    for packet in container.demux(container.streams.audio[0]):
        try:
            yield from packet.decode()
        except InvalidDataError:
            bad += 1
            if bad > _MOST_BAD:
                raise

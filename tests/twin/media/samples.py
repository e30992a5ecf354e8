"""Made-up files of messages, a small one of each kind that is read."""

import io
import wave
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def picture(format: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB") -> bytes:
    """A dark square on light ground."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((8, 8, 24, 24), fill="black")
    return saved(image.convert(mode), format)


def moving(format: str, frames: int = 3) -> bytes:
    """Each frame is of another grey."""
    images = [Image.new("RGB", (32, 32), (40 * n % 256,) * 3) for n in range(1, frames + 1)]
    file = io.BytesIO()
    images[0].save(file, format, save_all=True, append_images=images[1:], duration=50)
    return file.getvalue()


def saved(image: Image.Image, format: str) -> bytes:
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


def tone(seconds: float = 0.5, rate: int = 8000) -> bytes:
    """A recording (WAV) of one tone."""
    samples = np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 440 / rate) * 12_000
    return recording(samples.astype("<i2"), rate)


def recording(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]", rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(samples.tobytes())
    return file.getvalue()


def encoded(format: str, codec: str, rate: int = 16_000, seconds: float = 0.5) -> bytes:
    """A recording in another format, by FFmpeg."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        samples = np.sin(np.arange(round(seconds * rate)) / 6) * 12_000
        frame = av.AudioFrame.from_ndarray(
            samples.astype(np.int16).reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return file.getvalue()


def silk(seconds: float = 0.5, *, of_wechat: bool = True) -> bytes:
    import pysilk

    rate = 24_000
    samples = (np.sin(np.arange(round(seconds * rate)) / 9) * 12_000).astype("<i2")
    file = io.BytesIO()
    pysilk.encode(io.BytesIO(samples.tobytes()), file, rate, rate, tencent=of_wechat)
    return file.getvalue()


def film(frames: int = 12, size: tuple[int, int] = (64, 64), format: str = "mp4") -> bytes:
    """A moving sticker, as a film."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            image = Image.new("RGB", size, (20 * number,) * 3)
            container.mux(stream.encode(av.VideoFrame.from_image(image)))
        container.mux(stream.encode(None))
    return file.getvalue()


def put(folder: Path, name: str, data: bytes) -> Path:
    """In the folder of files of messages."""
    file = folder / "media" / "fake" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file

"""A stranger's picture as a few pictures of a size that can be read.

Several where it moves, and where it is as tall as a whole conversation on one screenshot.
"""

import io
import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from twin.media.contents import Content
from twin.media.failures import Unreadable

Pixels = NDArray[np.uint8]  # height, width, and red, green, blue

MOST_PIXELS = 50_000_000
MOST_MOVING = 4_000_000  # of what moves, more than the first frame is looked at up to this size
FRAMES = (0, 10, 30)  # words often come in the middle
LONGEST = 2000  # of a side, in pixels; larger pictures are made smaller
TALL = 2.5  # times as high as wide: cut into parts
WIDTH = 1080  # of a tall one
SHOWN = 768  # of a side, where a model looks at it
MOST_PARTS = 12
GREY = (128, 128, 128, 255)
_SEARCHED = 0.2  # of a part: where it is cut, it should cut no line


def frames_of(data: bytes, content: Content) -> Iterator[list[Pixels]]:
    """The parts of each frame, from top to bottom. Raises Unreadable, and whatever Pillow and
    FFmpeg raise for broken files.
    """
    for frame in _frames(data, content):
        yield parts_of(np.asarray(_bounded(_on_one_ground(frame)), dtype=np.uint8))


def _frames(data: bytes, content: Content) -> Iterator[Image.Image]:
    """At least one: where there is none, nothing is known of what was to be seen."""
    of_content = _frames_of_film if content.what == "film" else _frames_of_picture
    frames = of_content(data, content)
    first = next(frames, None)
    if first is None:
        raise Unreadable("broken")
    yield first
    yield from frames


def _frames_of_picture(data: bytes, content: Content) -> Iterator[Image.Image]:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=(content.format,)) as image:
                yield from _frames_of_image(image)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Unreadable("too_large") from error


def _frames_of_image(image: Image.Image) -> Iterator[Image.Image]:
    _check_size(image.width, image.height)
    small = image.width * image.height <= MOST_MOVING
    for number in FRAMES if small else FRAMES[:1]:
        try:
            image.seek(number)
        except EOFError:
            return
        yield ImageOps.exif_transpose(image)


def _frames_of_film(data: bytes, content: Content) -> Iterator[Image.Image]:
    import av

    with av.open(io.BytesIO(data), format=content.format, metadata_errors="ignore") as container:
        if not container.streams.video:
            raise Unreadable("unknown")
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for number, frame in enumerate(container.decode(stream)):
            _check_size(frame.width, frame.height)
            if number in FRAMES:
                yield frame.to_image()
            if number >= FRAMES[-1] or frame.width * frame.height > MOST_MOVING:
                return


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Unreadable("too_large")


def _bounded(image: Image.Image) -> Image.Image:
    """No side longer than can be read; a tall one keeps its width, or its words would be lost."""
    if image.height > TALL * image.width:
        width = min(image.width, WIDTH)
        height = min(round(image.height * width / image.width), LONGEST * MOST_PARTS)
        size = (width, height)
    else:
        scale = min(1.0, LONGEST / max(image.size))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image if size == image.size else image.resize(size, reducing_gap=2.0)


def _on_one_ground(image: Image.Image) -> Image.Image:
    """What is transparent becomes grey: black and white words alike stand out from it."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, GREY)
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


def shown(data: bytes, content: Content) -> bytes:
    """Its first frame as a small JPEG, for a model that sees."""
    small = _on_one_ground(next(_frames(data, content)))
    small.thumbnail((SHOWN, SHOWN))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=80)
    return file.getvalue()


def parts_of(picture: Pixels) -> list[Pixels]:
    """A tall picture, cut where it is calm."""
    height, width = picture.shape[:2]
    if height <= LONGEST or height <= TALL * width:
        return [picture]
    cuts = [0]
    while height - cuts[-1] > LONGEST:
        end = cuts[-1] + LONGEST
        cuts.append(_calmest(picture, end - round(LONGEST * _SEARCHED), end))
    return [_padded(picture[above:below]) for above, below in pairwise([*cuts, height])]


def _padded(part: Pixels) -> Pixels:
    """All parts are of one size: the reader keeps memory for each size that it has met."""
    missing = max(0, LONGEST - part.shape[0])
    return np.pad(part, ((0, missing), (0, 0), (0, 0)), mode="edge")


def _calmest(picture: Pixels, begin: int, end: int) -> int:
    """The row in the middle of the longest stretch of rows in which nothing changes."""
    rows: Any = picture[begin:end].astype(np.int16)
    calm = np.abs(np.diff(rows, axis=1)).max(axis=(1, 2), initial=0) <= 24
    best, best_length, length = end - begin - 1, 0, 0
    for row, is_calm in enumerate(calm):
        length = length + 1 if is_calm else 0
        if length > best_length:
            best, best_length = row - length // 2, length
    return begin + max(best, 1)

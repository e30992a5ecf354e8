"""Pictures in a size that can be read."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.twin.media import samples
from twin.media.contents import HEAD, Content, content_of
from twin.media.failures import Unreadable
from twin.media.pictures import LONGEST, MOST_PARTS, TALL, WIDTH, Pixels, frames_of, parts_of, shown


def frames(data: bytes) -> list[list[Pixels]]:
    content = content_of(data[:HEAD])
    assert content is not None
    return list(frames_of(data, content))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_a_picture_is_one_frame_of_one_part(format: str) -> None:
    [[picture]] = frames(samples.picture(format))
    assert picture.shape == (48, 64, 3)
    assert picture[16, 16].max() < 60
    assert picture[40, 50].min() > 200


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_every_way_of_having_colours(mode: str) -> None:
    [[picture]] = frames(samples.picture("JPEG" if mode == "CMYK" else "PNG", mode=mode))
    assert picture.shape == (48, 64, 3)


def test_what_moves_is_looked_at_here_and_there() -> None:
    assert len(frames(samples.moving("GIF", 40))) == 3
    assert len(frames(samples.moving("WEBP", 12))) == 2
    assert len(frames(samples.moving("GIF", 2))) == 1


def test_a_film_too() -> None:
    pytest.importorskip("av")
    found = frames(samples.film(12))
    assert [parts[0].shape for parts in found] == [(64, 64, 3)] * 2


def test_a_film_that_is_cut_before_its_first_picture_is_broken() -> None:
    pytest.importorskip("av")
    data = samples.film(12, format="matroska")
    film = Content("film", "matroska")
    data = data[: len(data) // 3] + bytes(len(data))
    for read in (lambda: list(frames_of(data, film)), lambda: shown(data, film)):
        with pytest.raises(Unreadable, match="broken"):
            read()


def test_a_large_picture_is_made_smaller() -> None:
    [[picture]] = frames(samples.picture("JPEG", (4000, 3000)))
    assert picture.shape == (LONGEST * 3 // 4, LONGEST, 3)
    [[line]] = frames(samples.picture("PNG", (9000, 3)))
    assert line.shape == (1, LONGEST, 3)


@pytest.mark.parametrize("is_light", [True, False])
def test_drawn_on_nothing_it_stands_out(is_light: bool) -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    colour = (250, 250, 250, 255) if is_light else (10, 10, 10, 255)
    ImageDraw.Draw(image).rectangle((20, 20, 40, 40), fill=colour)
    [[picture]] = frames(samples.saved(image, "PNG"))
    drawn, ground = picture[30, 30].astype(int), picture[2, 2].astype(int)
    assert abs(drawn - ground).min() > 100


def test_a_photo_is_turned_as_it_was_held() -> None:
    image = Image.new("RGB", (60, 20), "white")
    exif = image.getexif()
    exif[0x0112] = 6
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    [[picture]] = frames(file.getvalue())
    assert picture.shape == (60, 20, 3)


def test_a_tall_picture_is_cut_between_its_lines() -> None:
    picture = np.full((7000, 600, 3), 255, np.uint8)
    for top in range(0, 7000, 100):
        picture[top + 30 : top + 70, 50:500] = 0  # a line of words
        picture[top + 30 : top + 70, 60:490:20] = 255
    parts = parts_of(picture)
    assert {len(part) for part in parts} == {LONGEST}
    assert len(parts) == 4
    lines = (np.diff(np.concatenate(parts)[:, 55, 0].astype(int)) < 0).sum()
    assert lines == 70  # none is lost or cut in two
    for part in parts[1:]:
        assert (part[0] == 255).all()


def test_the_tallest_picture_has_not_many_parts() -> None:
    [parts] = frames(samples.picture("PNG", (30, 30_000)))
    assert len(parts) <= 2 * MOST_PARTS
    [parts] = frames(samples.picture("PNG", (1600, 9000), "L"))
    assert parts[0].shape[1] == WIDTH
    assert 1 < len(parts) <= MOST_PARTS
    assert TALL > 1


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be large."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packed = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed)


@pytest.mark.parametrize("size", [(20_000, 20_000), (2**31 - 1, 2**31 - 1), (1, 60_000_000)])
def test_a_bomb_is_too_large(size: tuple[int, int]) -> None:
    with pytest.raises(Unreadable, match="too_large"):
        frames(bomb(*size))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_half_a_file_is_broken_and_nothing_else(format: str) -> None:
    data = samples.picture(format, (300, 300))
    for end in (len(data) // 2, 30, 14):
        with pytest.raises(Exception, match=r"."):
            frames(data[:end])

"""What a file is, by its first bytes."""

import pytest

from tests.twin.media import samples
from twin.media.contents import HEAD, content_of


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_pictures(format: str) -> None:
    content = content_of(samples.picture(format)[:HEAD])
    assert content is not None
    assert (content.what, content.format) == ("picture", format)


@pytest.mark.parametrize(
    ("head", "what", "format"),
    [
        (b"\x02#!SILK_V3" + b"\x0c\x00", "sound", "silk"),
        (b"#!SILK_V3", "sound", "silk"),
        (b"#!AMR\n<", "sound", "amr"),
        (b"#!AMR-WB\n", "sound", "amr"),
        (b"OggS\x00", "sound", "ogg"),
        (b"RIFF\x24\x0a\x0d\x0aWAVEfmt ", "sound", "wav"),  # a size that is a line's end
        (b"fLaC", "sound", "flac"),
        (b"ID3\x04", "sound", "mp3"),
        (b"\xff\xfb\x90", "sound", "mp3"),
        (b"\xff\xf1\x50", "sound", "aac"),
        (b"\x00\x00\x00\x1cftypM4A ", "film", "mp4"),
        (b"\x1aE\xdf\xa3\x01", "film", "matroska"),
    ],
)
def test_sounds_and_films(head: bytes, what: str, format: str) -> None:
    content = content_of(head)
    assert content is not None
    assert (content.what, content.format) == (what, format)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0" * HEAD,
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",  # a playlist, which FFmpeg would follow
        b"ffconcat version 1.0\nfile /etc/passwd",
        b"[playlist]\nFile1=http://127.0.0.1/",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90\0",
        "RIFF語音".encode(),
    ],
)
def test_what_is_not_read(head: bytes) -> None:
    assert content_of(head) is None

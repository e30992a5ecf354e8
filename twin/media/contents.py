"""What a file is, by its first bytes: its name was chosen by a stranger.

Only what is listed is decoded. FFmpeg would also take playlists, which name other files of this
machine and addresses of the network.
"""

from dataclasses import dataclass
from typing import Literal

HEAD = 64  # bytes that are looked at


@dataclass(frozen=True, slots=True)
class Content:
    """`format`: the name of Pillow's plugin for a picture, "silk", or FFmpeg's demuxer."""

    what: Literal["picture", "sound", "film"]
    format: str


_MP3, _AAC = Content("sound", "mp3"), Content("sound", "aac")
_SILK, _AVIF = Content("sound", "silk"), Content("picture", "AVIF")
# What stands where; a film's may be a recording too.
_KNOWN: tuple[tuple[dict[int, bytes], Content], ...] = (
    ({0: b"\xff\xd8\xff"}, Content("picture", "JPEG")),
    ({0: b"\x89PNG\r\n\x1a\n"}, Content("picture", "PNG")),
    ({0: b"GIF8", 5: b"a"}, Content("picture", "GIF")),
    ({0: b"RIFF", 8: b"WEBP"}, Content("picture", "WEBP")),
    ({0: b"BM", 6: b"\0\0\0\0"}, Content("picture", "BMP")),
    ({4: b"ftypavif"}, _AVIF),
    ({4: b"ftypavis"}, _AVIF),
    ({0: b"#!SILK_V3"}, _SILK),
    ({0: b"\x02#!SILK_V3"}, _SILK),
    ({0: b"#!AMR"}, Content("sound", "amr")),
    ({0: b"OggS"}, Content("sound", "ogg")),
    ({0: b"RIFF", 8: b"WAVE"}, Content("sound", "wav")),
    ({0: b"fLaC"}, Content("sound", "flac")),
    ({0: b"caff"}, Content("sound", "caf")),
    *(({0: bytes((0xFF, second))}, _AAC) for second in (0xF0, 0xF1, 0xF8, 0xF9)),
    *(({0: bytes((0xFF, second))}, _MP3) for second in (0xE2, 0xE3, 0xF2, 0xF3, 0xFA, 0xFB)),
    ({0: b"ID3"}, _MP3),
    ({4: b"ftyp"}, Content("film", "mp4")),
    ({0: b"\x1aE\xdf\xa3"}, Content("film", "matroska")),
)


def content_of(head: bytes) -> Content | None:
    """None where it is nothing that is known. `head`: the first bytes of the file."""
    for marks, content in _KNOWN:
        if all(head.startswith(mark, at) for at, mark in marks.items()):
            return content
    return None

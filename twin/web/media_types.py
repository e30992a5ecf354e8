"""What browsers show of a file without running anything, told by its first bytes."""

from pathlib import Path

# A stranger chose the name. No SVG, which is a program.
_TYPES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}


def type_of_file(file: Path) -> str | None:
    """Of a picture, sound or film; None for all else. Raises OSError."""
    with file.open("rb") as opened:
        return type_of(opened.read(16))


def type_of(start: bytes) -> str | None:
    if start[:4] == b"RIFF":
        return _RIFF.get(start[8:12])
    if start[4:8] == b"ftyp":
        return "audio/mp4" if start[8:11] == b"M4A" else "video/mp4"
    return next((kind for magic, kind in _TYPES if start.startswith(magic)), None)

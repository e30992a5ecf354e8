"""What browsers show of a file without running anything, told by its first bytes."""

from collections.abc import Mapping
from pathlib import Path

from twin.media.contents import HEAD, content_of

# By format. No SVG, which is a program.
_TYPES: Mapping[str, str] = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "matroska": "video/webm",
}


def type_of_file(file: Path) -> str | None:
    """Of a picture, sound or film; None for all else. Raises OSError."""
    with file.open("rb") as opened:
        return type_of(opened.read(HEAD))


def type_of(start: bytes) -> str | None:
    """By the first bytes of a file, whose name a stranger chose."""
    content = content_of(start)
    if content is None:
        return None
    is_sound = content.format == "mp4" and start[8:11] == b"M4A"
    return "audio/mp4" if is_sound else _TYPES.get(content.format)

"""What is sent for a sticker of the owner's: by the platform's word for it, or as its file."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from storage.message_files import saved_file
from storage.stickers import OwnSticker
from twin.connectors.base import Capabilities, Sticker, connector_folders

MOST_BYTES = 2_000_000


def sticker_for(
    own: OwnSticker, platform: str, capabilities: Capabilities, data: Path
) -> Sticker | None:
    """None where that platform takes it in no way. `data`: the data folder."""
    if own.platform == platform and own.raw and capabilities.own_stickers:
        key = sticker_key(platform, own.raw)
        if key is not None:
            return Sticker(key)
    file = _file(own.media, capabilities.sticker_files, data)
    return None if file is None else Sticker(None, file)


def sticker_key(platform: str, raw: str) -> str | None:
    """See `ConnectorFolder.sticker_key`."""
    key_of = _keys().get(platform)
    return key_of(raw) if key_of else None


@cache
def _keys() -> dict[str, Callable[[str], str | None]]:
    return {folder.name: folder.sticker_key for folder in connector_folders()}


def _file(media: str | None, endings: frozenset[str], data: Path) -> Path | None:
    if media is None or Path(media).suffix.lower() not in endings:
        return None
    file = saved_file(data, media)
    return file if file is not None and 0 < file.stat().st_size <= MOST_BYTES else None

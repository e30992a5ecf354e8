"""Texts that hold one of [privacy] blocked_words."""

from collections.abc import Sequence

from twin.config.schema import PrivacySettings
from twin.privacy.normalize import comparable


def comparable_words(settings: PrivacySettings) -> list[str]:
    """The words as `holds_blocked` takes them."""
    return [comparable(word) for word in settings.blocked_words]


def holds_blocked(text: str, words: Sequence[str]) -> bool:
    """Whether one of them stands in the text, however it is written."""
    if not words:
        return False
    read = comparable(text)
    return any(word in read for word in words)

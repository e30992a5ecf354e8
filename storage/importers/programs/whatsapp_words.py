"""The phrases of `whatsapp_words.toml`, ready to be compared."""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from storage.messages import Kind

_FILE = Path(__file__).with_suffix(".toml")


class WhatsAppWords(NamedTuple):
    """Phrases in the form of `normal`. `omitted` has what was not exported, with its kind."""

    deleted: frozenset[str]
    edited: frozenset[str]
    missed_calls: frozenset[str]
    calls: frozenset[str]
    encrypted: frozenset[str]
    waiting: frozenset[str]
    live_location: frozenset[str]
    media_omitted: frozenset[str]
    attached: frozenset[str]
    omitted: dict[str, Kind]


def normal(phrase: str) -> str:
    """A phrase without case, direction marks, outer spaces and the full stop at its end."""
    return phrase.strip(" \u200e\u200f\n").rstrip(".。．।").rstrip().lower()


@cache
def whatsapp_words() -> WhatsAppWords:
    written = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    omitted: dict[str, Kind] = {
        phrase: kind for kind, text in written.pop("omitted").items() for phrase in _phrases(text)
    }
    return WhatsAppWords(
        omitted=omitted, **{name: frozenset(_phrases(text)) for name, text in written.items()}
    )


def _phrases(text: str) -> list[str]:
    return [normal(phrase) for line in text.strip().splitlines() for phrase in line.split("|")]

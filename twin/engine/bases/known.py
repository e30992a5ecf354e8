"""The base models that are worth choosing from, as known.toml lists them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from twin.engine.bases.shape import Shape, read_shape
from twin.language import N_

FILE = Path(__file__).with_name("known.toml")
LANGUAGES: Mapping[str, str] = {"zh": N_("Chinese"), "en": N_("English")}


@dataclass(frozen=True, slots=True)
class KnownBase:
    """A base by its `name`, which [model] base takes.

    package: the installed package that carries it, or nothing. hugging_face, modelscope: its ids
    there. languages: "en", "zh". tokens_per_char: of its tokenizer, by language. pickled: its
    makers publish no safetensors, so its weights are written anew.
    """

    name: str
    title: str
    licence: str
    languages: tuple[str, ...]
    download_bytes: int
    shape: Shape
    tokens_per_char: Mapping[str, float]
    hugging_face: str = ""
    modelscope: str = ""
    package: str = ""
    pickled: bool = False

    @property
    def disk_bytes(self) -> int:
        """What fetching it takes of the disk: pickled weights are written a second time."""
        return self.download_bytes * (2 if self.pickled else 1)


@cache
def known_bases() -> tuple[KnownBase, ...]:
    """The smallest first."""
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))["base"]
    return tuple(_read(entry) for entry in listed)


def find_known(base: str) -> KnownBase | None:
    """The known base that [model] base names: by its name, or its id at Hugging Face."""
    asked = base.lower()
    names = ((known, {known.name, known.hugging_face.lower()}) for known in known_bases())
    return next((known for known, its in names if asked in its), None)


def _read(entry: dict[str, Any]) -> KnownBase:
    shape = read_shape(entry.pop("shape"), entry["name"])
    return KnownBase(**entry | {"shape": shape, "languages": tuple(entry["languages"])})

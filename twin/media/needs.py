"""What it takes to read files of messages: packages, and the folder of a model for voices."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Part = Literal["pictures", "voices"]
# module → what pip calls it
PACKAGES: Mapping[Part, Mapping[str, str]] = {
    "pictures": {"rapidocr": "rapidocr", "av": "av"},
    "voices": {"faster_whisper": "faster-whisper", "av": "av", "pysilk": "silk-python"},
}
# Without its tokenizer the package would fetch one.
NEEDED = ("model.bin", "config.json", "tokenizer.json")
VOCABULARIES = ("vocabulary.txt", "vocabulary.json")  # older models have the first


def is_model(folder: Path) -> bool:
    is_complete = all((folder / name).is_file() for name in NEEDED)
    return is_complete and any((folder / name).is_file() for name in VOCABULARIES)

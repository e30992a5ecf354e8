"""Keep what models were asked in a night, so that the next one asks only what is new.

A model that is the same to the last weight gives the same loss and the same replies again. What was
asked is known by a digest of all that they depend on: the model, the precision, the program, and
the tokens. Replies are made of friends' messages: the file is deleted when a chat is forgotten, and
it is in no backup.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from storage.atomic_files import write_text
from training import loss
from training.artifacts import KEPT_SCORES
from twin import engine
from twin.config.schema import Config
from twin.engine.adapter_files import ADAPTER_SETTINGS, ADAPTER_WEIGHTS
from twin.engine.base import Reply
from twin.engine.base_fingerprint import base_fingerprint
from twin.engine.device import choose_device, dtype_and_reason
from twin.engine.eight_bits import compression

log = logging.getLogger(__name__)

MOST_BYTES = 2**26  # hundreds of times what a night keeps
LIBRARIES = ("torch", "transformers", "peft", "openvino-genai")
# Of the program: whoever changes them changes what a loss or a reply is.
CODE = (Path(__file__).parent, Path(loss.__file__), Path(engine.__file__).parent)

Loss = tuple[float, int]  # sum over the label tokens, and their number
T = TypeVar("T")


class _Document(BaseModel):
    """The file: each by its digest."""

    model_config = ConfigDict(ser_json_inf_nan="constants")

    losses: dict[str, Loss] = {}
    replies: dict[str, list[Reply]] = {}


@dataclass(slots=True)
class Kept(Generic[T]):
    """`earlier`: what the file held. `asked`: what was taken of it, and what is new."""

    earlier: dict[str, T]
    asked: dict[str, T] = field(default_factory=dict)

    def get(self, key: str) -> T | None:
        found = self.asked.get(key, self.earlier.get(key))
        if found is not None:
            self.asked[key] = found
        return found

    def put(self, key: str, value: T) -> None:
        self.asked[key] = value


class KeptScores:
    """Losses and replies of all models, with those of the file where it can be read."""

    def __init__(self, config: Config) -> None:
        self._file = config.path_of(KEPT_SCORES)
        found = _read(self._file)
        self.losses, self.replies = Kept(found.losses), Kept(found.replies)

    def save(self) -> None:
        """Replace the file by what was asked: all that the next night can use."""
        document = _Document(losses=self.losses.asked, replies=self.replies.asked)
        try:
            write_text(self._file, document.model_dump_json(), mode=0o600)
        except (OSError, ValueError) as error:
            log.warning("%s: can't be written (%s); it will be asked again", self._file, error)


def _read(file: Path) -> _Document:
    """Nothing where there is none, or none that anybody can read."""
    try:
        if file.stat().st_size <= MOST_BYTES:
            return _Document.model_validate_json(file.read_bytes())
        log.warning("%s: too large to be ours; everything is asked again", file)
    except FileNotFoundError:
        pass
    except (OSError, ValidationError) as error:
        log.warning("%s: can't be read (%s); all is asked again", file, type(error).__name__)
    return _Document()


def model_digest(config: Config, adapter_dir: Path | None) -> str:
    """Of all that losses and replies depend on but what is asked, by the base or an adapter on it.

    Raises OSError for an adapter that can't be read and InputError for a base that is not whole.
    """
    names = ADAPTER_SETTINGS, ADAPTER_WEIGHTS
    files = [adapter_dir / name for name in names] if adapter_dir else []
    adapter = [hashlib.sha256(file.read_bytes()).digest() for file in files]
    model = config.model.model_dump(exclude={"unload_after_minutes"})
    computed = (
        choose_device(config.model),
        dtype_and_reason(config.model),
        compression(config.model),
    )
    cpu = torch.backends.cpu.get_cpu_capability()
    batches = config.train.batch_size, config.reply.max_batch, config.reply.candidates
    return digest_of(
        base_fingerprint(config), adapter, model, computed, cpu, batches, _program_digest()
    )


def digest_of(*parts: Any) -> str:
    """Of numbers, words, and lists of them."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@cache
def _program_digest() -> str:
    files = [each for path in CODE for each in ([path] if path.is_file() else _sources(path))]
    return digest_of([file.read_bytes() for file in files], [_version(name) for name in LIBRARIES])


def _sources(folder: Path) -> Sequence[Path]:
    return sorted(folder.rglob("*.py"))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

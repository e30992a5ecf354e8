"""What goes to the other machine: masked samples and how to train on them, and nothing else."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from storage.errors import InputError
from training.dataset.build import Built
from training.dataset.samples import Sample
from twin.config.schema import Config, TrainSettings
from twin.places import program_version

# Of [train]: what concerns one machine or none of it.
OWN = {"threads", "compile", "processes"}  # the other machine's own are used
STAYS = OWN | {"on", "on_command", "keep", "min_samples", "strategy", "replay"}
# Of a sample: when it was written, and by what number its chat is known here.
_ITS_OWN = ("answered_at", "memory_chats")


@dataclass(frozen=True, slots=True)
class Parcel:
    """`train` is [train] without what STAYS; `canaries` as in [judge]."""

    version: str
    train: dict[str, Any]
    canaries: int
    max_steps: int | None
    samples: tuple[Sample, ...]
    questions: tuple[Sample, ...]

    def settings(self, own: TrainSettings) -> TrainSettings:
        """[train] as it is sent, with what is `own` of the machine that trains."""
        kept = own.model_dump(include=OWN)
        return TrainSettings.model_validate(self.train | kept)

    def built(self) -> Built:
        return Built(self.samples, (), {}, "", questions=self.questions)


_ADAPTER = TypeAdapter(Parcel)


def make_parcel(
    config: Config, samples: Sequence[Sample], questions: Sequence[Sample], max_steps: int | None
) -> Parcel:
    """Of samples without names (`names.NameMask`)."""
    numbers = {chat: at for at, chat in enumerate(dict.fromkeys(s.chat_id for s in samples), 1)}
    for sample in questions:
        numbers.setdefault(sample.chat_id, len(numbers) + 1)
    return Parcel(
        version=program_version(),
        train=config.train.model_dump(mode="json", exclude=STAYS),
        canaries=config.judge.canaries,
        max_steps=max_steps,
        samples=tuple(_stripped(sample, numbers) for sample in samples),
        questions=tuple(_stripped(sample, numbers) for sample in questions),
    )


def _stripped(sample: Sample, numbers: dict[int, int]) -> Sample:
    return replace(sample, chat_id=numbers[sample.chat_id], answered_at=0, memory_chats=())


def packed(parcel: Parcel) -> bytes:
    """One JSON document, the same for the same parcel."""
    document = _ADAPTER.dump_python(parcel, mode="json")
    for sample in (*document["samples"], *document["questions"]):
        for name in _ITS_OWN:
            del sample[name]
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def key_of(content: bytes) -> str:
    """What the parcel is called on the other machine: by it a cut run is found again."""
    return hashlib.sha256(content).hexdigest()[:32]


def unpacked(content: bytes) -> Parcel:
    """Raises InputError for what is no parcel."""
    try:
        return _ADAPTER.validate_json(content)
    except ValidationError as error:
        raise InputError(f"no parcel of this version ({error.error_count()} errors)") from None

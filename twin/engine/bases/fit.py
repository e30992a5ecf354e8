"""Whether a base fits a machine: memory to answer and to train, disk, the time of a night."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from storage.texts import Text
from twin.config.schema import Config
from twin.engine.bases import costs
from twin.engine.bases.costs import Span
from twin.engine.bases.machine import Machine
from twin.engine.bases.shape import Shape
from twin.engine.bases.spans import HOUR, gigabytes, time_in_words
from twin.language import N_

Verdict = Literal["fits", "tight", "no"]
VERDICTS: Mapping[Verdict, str] = {
    "fits": N_("fits"),
    "tight": N_("tight"),
    "no": N_("does not fit"),
}
SLOW_REPLY_S, TOO_SLOW_REPLY_S = 30.0, 90.0
SPARE_BYTES = 1e9  # of the disk, for the log and adapters


@dataclass(frozen=True, slots=True)
class Fit:
    """reason: what the verdict is for, also where it fits. In bytes: answering, training, disk.
    In seconds: night, reply; night is None where the log says too little.
    """

    verdict: Verdict
    reason: Text
    answering: float
    training: float
    disk: float
    night: Span | None
    reply: Span

    @property
    def night_in_words(self) -> Text:
        return time_in_words(self.night) if self.night else Text("not known: an empty log")

    @property
    def reply_in_words(self) -> Text:
        return time_in_words(self.reply)


def fit(
    shape: Shape,
    machine: Machine,
    config: Config,
    tokens: tuple[float, float] = (0.0, 0.0),
    download: float = 0.0,
) -> Fit:
    """tokens: of the log to train on, and held out. download: bytes that have to be fetched."""
    train, held_out = tokens
    found = Fit(
        "fits",
        Text("it has room and is fast enough"),
        costs.answering_bytes(shape, machine, config),
        costs.training_bytes(shape, machine, config),
        download + _scratch(shape, machine, config),
        costs.night_seconds(shape, machine, config, train, held_out) if train else None,
        costs.reply_seconds(shape, machine, config),
    )
    for reason in _refused(found, machine, config):
        return replace(found, verdict="no", reason=reason)
    for reason in _tight(found, machine, config):
        return replace(found, verdict="tight", reason=reason)
    return found


def _scratch(shape: Shape, machine: Machine, config: Config) -> float:
    """OpenVINO reads weights from a file, which is there while the model is loaded."""
    return costs.weight_bytes(shape, machine, config) if machine.device == "cpu" else 0.0


def _memory(machine: Machine, config: Config) -> tuple[float, float]:
    """Free and in all, where the model is computed."""
    if machine.gpu_total:
        gpus = costs.gpus_used(machine, config)
        return gpus * machine.gpu_free, gpus * machine.gpu_total
    return machine.memory_free, machine.memory_total


def _refused(found: Fit, machine: Machine, config: Config) -> Iterator[Text]:
    _, total = _memory(machine, config)
    needed = max(found.answering, found.training)
    if needed > total and machine.gpus > costs.gpus_used(machine, config):
        yield Text(
            "training needs about {needed} of memory, and one GPU has {total}; with [model] "
            'device = "gpus" it lies over all {gpus}',
            needed=gigabytes(needed),
            total=gigabytes(total),
            gpus=machine.gpus,
        )
    if needed > total:
        yield Text(
            "training needs about {needed} of memory, and there is {total}",
            needed=gigabytes(needed),
            total=gigabytes(total),
        )
    if found.disk + SPARE_BYTES > machine.disk_free:
        yield Text(
            "it needs {needed} of the disk, and {free} is free",
            needed=gigabytes(found.disk + SPARE_BYTES),
            free=gigabytes(machine.disk_free),
        )
    if found.reply.low > TOO_SLOW_REPLY_S:
        yield Text("a friend would wait over {most} s for a reply", most=f"{TOO_SLOW_REPLY_S:g}")
    if found.night is not None and found.night.low > config.schedule.timeout_hours * HOUR:
        yield Text(
            "a night would take over {hours} h and be ended; [dataset] max_samples shortens it",
            hours=f"{config.schedule.timeout_hours:g}",
        )


def _tight(found: Fit, machine: Machine, config: Config) -> Iterator[Text]:
    free, total = _memory(machine, config)
    if found.training > free:
        yield Text(
            "training needs about {needed} of memory, and {free} is free: close other programs",
            needed=gigabytes(found.training),
            free=gigabytes(free),
        )
    if found.training + found.answering > total:
        yield Text(
            "answering while it trains needs about {needed} of memory, and there is {total}",
            needed=gigabytes(found.training + found.answering),
            total=gigabytes(total),
        )
    if found.night is not None and found.night.high > config.schedule.timeout_hours * HOUR:
        yield Text(
            "a night may take over {hours} h and be ended; [dataset] max_samples shortens it",
            hours=f"{config.schedule.timeout_hours:g}",
        )
    if found.reply.high > SLOW_REPLY_S:
        yield Text("a friend may wait over {most} s for a reply", most=f"{SLOW_REPLY_S:g}")

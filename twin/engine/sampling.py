"""How freely an adapter's words are drawn: as its night chose, or as [reply] fixes it."""

import logging
from pathlib import Path

from pydantic import ValidationError

from storage.atomic_files import write_json
from twin.config.schema import ReplySettings
from twin.config.section import Section
from twin.config.values import Temperature, TopP

log = logging.getLogger(__name__)

SAMPLING = "sampling.json"  # in an adapter's folder, so that it is swapped with its weights
CANDIDATES = 4


class Sampling(Section):
    """`temperature` 0 takes the likeliest token each time; `top_p`: the share of probability that
    tokens are drawn from (nucleus sampling, Holtzman et al. 2020, arXiv:1904.09751).

    The defaults are of the base, and of adapters for which no night chose.
    """

    temperature: Temperature = 1.0
    top_p: TopP = 0.95

    def within(self, reply: ReplySettings) -> "Sampling":
        """The same where [reply] says "auto"; its numbers where it has some."""
        fixed = {"temperature": reply.temperature, "top_p": reply.top_p}
        numbers = {name: float(value) for name, value in fixed.items() if value != "auto"}
        return self.model_copy(update=numbers)


def sampling_of(adapter_dir: Path | None, reply: ReplySettings) -> Sampling:
    """How the adapter in that folder is sampled; None is the base."""
    chosen = chosen_sampling(adapter_dir) if adapter_dir else None
    return (chosen or Sampling()).within(reply)


def candidates_of(reply: ReplySettings, *, are_cheap: bool) -> int:
    """How many answers are written for one that is sent (docs/evaluation.md)."""
    if reply.candidates != "auto":
        return reply.candidates
    return CANDIDATES if are_cheap else 1


def store_sampling(adapter_dir: Path, sampling: Sampling) -> None:
    """Raises TwinError when it can't be written."""
    write_json(adapter_dir / SAMPLING, sampling.model_dump())


def chosen_sampling(adapter_dir: Path) -> Sampling | None:
    """None where no night chose, and for what nobody can read: the adapter can answer without."""
    file = adapter_dir / SAMPLING
    try:
        return Sampling.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        log.warning("%s: can't be read (%s); the usual is used", file, type(error).__name__)
        return None

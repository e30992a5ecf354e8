"""The known bases for this machine and this log: what fits, what speaks the owner's language."""

from dataclasses import dataclass

from storage.errors import InputError
from storage.texts import Text
from twin.config.schema import Config
from twin.engine.base_models import local_base
from twin.engine.bases.fit import Fit, fit
from twin.engine.bases.known import KnownBase, find_known, known_bases
from twin.engine.bases.log_figures import LogFigures
from twin.engine.bases.machine import Machine
from twin.engine.bases.shape import Shape, shape_of
from twin.engine.bases.sources import is_at_a_hub, is_packaged

BILINGUAL = "qwen3-0.6b"  # the smallest that speaks Chinese too


@dataclass(frozen=True, slots=True)
class Offer:
    """is_here: nothing has to be fetched. advice: what speaks against it, or None."""

    base: KnownBase
    fit: Fit
    is_here: bool
    advice: Text | None


def offers(config: Config, machine: Machine, log: LogFigures) -> list[Offer]:
    """Of every known base, the smallest first."""
    return [offer(base, config, machine, log) for base in known_bases()]


def offer(base: KnownBase, config: Config, machine: Machine, log: LogFigures) -> Offer:
    is_here = is_packaged(base.name) or local_base(config, base.name) is not None
    tokens = log.tokens(base.tokens_per_char, config)
    found = fit(base.shape, machine, config, tokens, 0 if is_here else base.disk_bytes)
    return Offer(base, found, is_here, language_advice(base.name, log))


def is_foreign(base: str, log: LogFigures) -> bool:
    """Whether it is known not to speak Chinese, which the owner mainly writes."""
    known = find_known(base)
    return known is not None and log.is_chinese and "zh" not in known.languages


def language_advice(base: str, log: LogFigures) -> Text | None:
    """Against a base that doesn't speak what the owner mainly writes; None for any other."""
    if not is_foreign(base, log):
        return None
    known, other = find_known(base), find_known(BILINGUAL)
    assert known is not None
    assert other is not None
    return Text(
        "{share} of your messages are Chinese, which {base} hardly speaks: its answers would make "
        "no sense. Take one that speaks Chinese, such as {other}",
        share=f"{log.chinese_share:.0%}",
        base=known.title,
        other=other.title,
    )


def shape_and_download(config: Config, base: str) -> tuple[Shape, int]:
    """Of any base, known, a folder, or one that a hub has: its shape, and the bytes that fetching
    it takes of the disk. Raises TwinError.
    """
    folder, known = local_base(config, base), find_known(base)
    if folder is not None:
        return shape_of(folder), 0
    if known is not None:
        return known.shape, known.disk_bytes
    if not is_at_a_hub(base):
        raise InputError(
            Text(
                "base model '{base}': no such folder and no known base; `bot.py bases list` shows "
                "those",
                base=base,
            )
        )
    from twin.engine.bases.fetch import look_at

    return look_at(config, base)


def tokens_of(base: str, config: Config, log: LogFigures) -> tuple[float, float]:
    """Of the log, to train on and held out; of an unknown base, as those of bilingual ones."""
    known = find_known(base) or find_known(BILINGUAL)
    assert known is not None
    return log.tokens(known.tokens_per_char, config)

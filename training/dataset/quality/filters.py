"""Filter the answers: each that teaches nothing gets the first reason that applies."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from training.dataset.quality.answers import AnswerPair, main_script, width
from training.dataset.quality.copied import is_only_links, looks_pasted, sent_again
from training.dataset.quality.fillers import surplus_fillers
from training.dataset.quality.near_duplicates import too_often
from twin.config.schema import QualitySettings

TOO_LONG = "too_long"
COPIED = "copied"
OTHER_SCRIPT = "other_script"
NEAR_DUPLICATE = "near_duplicate"
TOO_SHORT = "too_short"

# Places in the list of those answers that no filter before has taken.
Filter = Callable[[Sequence[AnswerPair], QualitySettings], Iterable[int]]


def filter_reasons(answers: Sequence[AnswerPair], settings: QualitySettings) -> list[str | None]:
    """For each answer why it is no target, None when it teaches. Oldest first, of all chats."""
    reasons: list[str | None] = [None] * len(answers)
    for reason, takes in _FILTERS:
        left = [place for place, found in enumerate(reasons) if found is None]
        for taken in takes([answers[place] for place in left], settings):
            reasons[left[taken]] = reason
    return reasons


def _too_long(answers: Sequence[AnswerPair], settings: QualitySettings) -> Iterable[int]:
    for place, answer in enumerate(answers):
        lines = answer.output.count("\n") + 1
        if 0 < settings.max_chars < width(answer.output) or 0 < settings.max_lines < lines:
            yield place


def _copied(answers: Sequence[AnswerPair], settings: QualitySettings) -> Iterable[int]:
    if not settings.copied:
        return
    for place, (answer, again) in enumerate(zip(answers, sent_again(answers), strict=True)):
        if again or is_only_links(answer.output) or looks_pasted(answer.output):
            yield place


def _other_script(answers: Sequence[AnswerPair], settings: QualitySettings) -> Iterable[int]:
    if settings.min_script_share:
        found = foreign([answer.output for answer in answers], settings.min_script_share)
        yield from (place for place, is_foreign in enumerate(found) if is_foreign)


def foreign(texts: Sequence[str], min_share: float) -> list[bool]:
    """For each text whether it is in a script that less than `min_share` of them are in.

    A quoted song, a translator's work.
    """
    scripts = [main_script(text) for text in texts]
    counts = Counter(script for script in scripts if script)
    least = counts.total() * min_share
    return [script is not None and counts[script] < least for script in scripts]


def _near_duplicate(answers: Sequence[AnswerPair], settings: QualitySettings) -> Iterable[int]:
    return too_often(answers, settings.max_alike) if settings.max_alike else ()


def _too_short(answers: Sequence[AnswerPair], settings: QualitySettings) -> Iterable[int]:
    return surplus_fillers(answers, settings.max_filler_share)


# The share of fillers is one of what stays, so they come last.
_FILTERS: tuple[tuple[str, Filter], ...] = (
    (TOO_LONG, _too_long),
    (COPIED, _copied),
    (OTHER_SCRIPT, _other_script),
    (NEAR_DUPLICATE, _near_duplicate),
    (TOO_SHORT, _too_short),
)

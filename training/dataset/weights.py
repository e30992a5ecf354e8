"""How much each sample counts: people change, so what they wrote lately teaches more."""

from collections.abc import Sequence

DAY_MS = 86_400_000


def recency_weights(times: Sequence[int], half_life_days: float) -> list[float]:
    """One weight for each time (UTC milliseconds), halved with every half-life, 1 on average.

    Ages count from the newest time and not from today: the same log gives the same weights.
    """
    if not times or not half_life_days:
        return [1.0] * len(times)
    newest, half_life = max(times), half_life_days * DAY_MS
    raw = [0.5 ** ((newest - time) / half_life) for time in times]
    mean = sum(raw) / len(raw)
    return [round(weight / mean, 6) for weight in raw]

"""The interval of a share that was counted."""

from math import sqrt

Z = 1.959964  # of 95%


def wilson(hits: float, n: int) -> tuple[float, float]:
    """Wilson's 95% interval (1927) of `hits` of `n`, each end from 0 to 1; (0, 1) of nothing.

    Unlike the normal approximation it holds for few counts and for shares near 0 and 1. Ties may
    count in parts. Without SciPy, which has it too: the bot would load that for one formula.
    """
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, Z * Z / n
    middle = share + square / 2
    half = Z * sqrt(share * (1 - share) / n + square / n / 4)
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))

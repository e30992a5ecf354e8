"""The interval of a share that was counted."""

from math import sqrt

Z = 1.959964  # of 95 %


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of `hits` of `n`, each end from 0 to 1; (0, 1) of nothing.

    Unlike the normal approximation it holds for few counts and for shares near 0 and 1.
    """
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, Z * Z / n
    middle = share + square / 2
    half = Z * sqrt(share * (1 - share) / n + square / n / 4)
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))

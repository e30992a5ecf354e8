"""Numbers as SQLite holds them."""

MOST = 2**63 - 1


def fitting(number: int) -> int:
    """The number, or the nearest that SQLite holds: people type anything into an address."""
    return max(-MOST, min(number, MOST))

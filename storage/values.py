"""Values as SQLite can hold them."""

MOST = 2**63 - 1


def fitting(number: int) -> int:
    """The number, or the nearest that SQLite holds: people type anything into an address."""
    return max(-MOST, min(number, MOST))


def storable(text: str) -> str:
    """The text without halves of characters (JSON can carry them, SQLite can't store them)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text

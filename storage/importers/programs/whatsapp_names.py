"""Find the names in WhatsApp's text that hold a colon, which also ends each name.

Of "Dr: Smith" the sender seems to be "Dr", and then all that they write begins with "Smith: ".
"""

_MOST_NAMES = 1000
_MAX_REST = 60
_ENOUGH = 5  # messages, where the chat is not named so


class NamesWithColon:
    """`see` all messages first, then ask."""

    def __init__(self, title: str) -> None:
        self._title = _letters(title)
        self._seen: dict[str, tuple[str, int]] = {}

    def see(self, sender: str, words: str) -> None:
        if sender not in self._seen and len(self._seen) >= _MOST_NAMES:
            return
        begin, colon, _ = words.partition(": ")
        begin = begin if colon and 0 < len(begin) <= _MAX_REST else ""
        rest, messages = self._seen.get(sender, (begin, 0))
        self._seen[sender] = (rest if begin == rest else "", messages + 1)

    def rests(self) -> dict[str, str]:
        """What belongs to a name behind its colon, by what stands before it."""
        return {
            sender: rest
            for sender, (rest, messages) in self._seen.items()
            if rest and (messages >= _ENOUGH or _letters(sender + rest) == self._title)
        }


def _letters(name: str) -> str:
    """Files can't be named with a colon: phones write another sign there."""
    return "".join(filter(str.isalnum, name)).casefold()

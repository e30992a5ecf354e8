"""Find the names that hold a colon in texts where a colon also ends each name.

Of "Dr: Smith" the sender seems to be "Dr", and then all that they write begins with "Smith: ".
"""

_MOST_NAMES = 1000
_MAX_REST = 60
_ENOUGH = 10  # messages, where the chat is not named so
_MARK = "\u200e"  # of iPhones, before what is no word of the sender
_ENOUGH_MARKED = 2  # messages with that mark straight behind the name


class NamesWithColon:
    """`see` all messages first, then ask. `colon` is what stands between name and words."""

    def __init__(self, title: str, colon: str = ": ") -> None:
        self._title, self._colon = _letters(title), colon
        self._seen: dict[str, tuple[str, int]] = {}
        self._unmarked: set[str] = set()

    def see(self, sender: str, words: str) -> None:
        known = self._seen.get(sender)
        if (known is None and len(self._seen) >= _MOST_NAMES) or (known and not known[0]):
            return
        begin, colon, after = words.partition(self._colon)
        if not after.startswith(_MARK) or after.startswith(f"{_MARK}<"):
            self._unmarked.add(sender)
        begin = begin if colon and 0 < len(begin) <= _MAX_REST else ""
        rest, messages = known or (begin, 0)
        self._seen[sender] = (rest if begin == rest else "", messages + 1)

    def names(self) -> "WholeNames":
        found = {
            sender: rest
            for sender, (rest, messages) in self._seen.items()
            if rest and (self._is_often(sender, messages) or _letters(sender + rest) == self._title)
        }
        return WholeNames(found, self._colon)

    def _is_often(self, sender: str, messages: int) -> bool:
        return messages >= (_ENOUGH if sender in self._unmarked else _ENOUGH_MARKED)


class WholeNames:
    """`rests`: what belongs to a name behind its colon, by what stands before it."""

    def __init__(self, rests: dict[str, str], colon: str) -> None:
        self._rests, self._colon = rests, colon

    def name(self, sender: str) -> str:
        rest = self._rests.get(sender)
        return f"{sender}{self._colon}{rest}" if rest else sender

    def words(self, sender: str, said: str) -> str:
        rest = self._rests.get(sender)
        return said.removeprefix(f"{rest}{self._colon}") if rest else said


def _letters(name: str) -> str:
    """Files can't be named with a colon: programs write another sign there."""
    return "".join(filter(str.isalnum, name)).casefold()

"""Find where the names end in the rows of LINE for Windows, which has only spaces."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

_NAME_WORDS = 4
_ROWS = 10_000  # enough to know everybody who writes much, whatever the file's size
# A word after a name belongs to the name when it opens that many rows, and that share of them. So
# "Ann" before "Lee" and "Smith" is two people, and before twenty different words one.
_LEAST_ROWS = 5
_LEAST_SHARE = 0.2
_COVERED = 0.9
# Lines of the platform about somebody, which look like rows of theirs.
_ABOUT = ("unsent a message.", "joined the group.", "left the group.", "joined the chat.")
Follower = tuple[str, bool]


class RowNames:
    """The names that open the rows. `known` is one that is certain, such as the file's."""

    def __init__(self, rows: Iterable[str], known: str = "") -> None:
        self._known = known
        # What follows an opening: the word, and whether more words follow it.
        self._next: dict[str, Counter[Follower]] = {}
        for row in islice(rows, _ROWS):
            self._see(row.split())

    def split(self, row: str) -> tuple[str, str]:
        """(name, text); no name for a line of the platform."""
        known = self._known and row.startswith(f"{self._known} ")
        name = self._known if known else self._name(row)
        text = row[len(name) :].strip()
        return ("", row) if not text or text in _ABOUT else (name, text)

    def _see(self, words: Sequence[str]) -> None:
        for length in range(1, min(_NAME_WORDS, len(words) - 1) + 1):
            opening = " ".join(words[:length])
            followers = self._next.setdefault(opening, Counter())
            followers[words[length], len(words) > length + 1] += 1

    def _name(self, row: str) -> str:
        first, *others = row.split()
        name = first
        for word in others[: _NAME_WORDS - 1]:
            if word not in self._more_names(name):
                break
            name = f"{name} {word}"
        return name if row.startswith(name) else first

    def _more_names(self, name: str) -> set[str]:
        """The words that go on the name, where nearly all its rows have one of them."""
        followers = self._next.get(name, Counter())
        rows = followers.total()
        least = max(_LEAST_ROWS, _LEAST_SHARE * rows)
        often = {word: n for (word, more), n in followers.items() if more and n >= least}
        varied = all(self._is_varied(f"{name} {word}") for word in often)
        return set(often) if varied and sum(often.values()) >= _COVERED * rows else set()

    def _is_varied(self, opening: str) -> bool:
        """Whether different words follow: a word that always follows is no part of a name."""
        followers = list(self._next.get(opening, ()))
        if len(followers) != 1:
            return len(followers) > 1
        word, more = followers[0]
        return more and self._is_varied(f"{opening} {word}")

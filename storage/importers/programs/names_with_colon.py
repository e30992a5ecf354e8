"""Find the names that hold colons in texts where a colon also ends each name.

Of "Dr: Smith" the sender seems to be "Dr", and then all that they write begins with "Smith: ".
Lines of the platform about them, such as "Dr: Smith left", go on without the name's last colon.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

_MOST_NAMES = 1000
_MAX_REST = 60
_MOST_COLONS = 3
_ENOUGH = 10  # messages, where the chat is not named so
_MARK = "\u200e"  # of iPhones, before what is no word of the sender
_ENOUGH_MARKED = 2  # messages with that mark straight behind the name
_SCRIPTS_WITHOUT_BLANKS = "\u0e00"  # and all signs behind it


@dataclass(slots=True)
class _Sender:
    """`first`: the words of their first messages, until the rest of the name is looked for.

    `rest`: the pieces between colons that all words begin with; None before it was looked for.
    """

    first: list[str] = field(default_factory=list)
    rest: list[str] | None = None
    messages: int = 0
    is_marked: bool = True

    def see(self, words: str, colon: str) -> None:
        if self.rest is None:
            self.first.append(words[: 2 * _MAX_REST])
            if len(self.first) == _ENOUGH:
                self.decide(colon)
        elif self.rest:
            self._compare(words, colon)

    def decide(self, colon: str) -> list[str]:
        if self.rest is None:
            self.rest = _longest_rest(self.first, colon)
            for words in self.first:
                self._compare(words, colon)
        return self.rest

    def _compare(self, words: str, colon: str) -> None:
        rest = self.rest or []
        while rest and not _goes_on(words, colon.join(rest)):
            rest = rest[:-1]
        self.rest = rest
        name, found, said = words.partition(f"{colon.join(rest)}{colon}")
        if rest and found and not name:
            self.messages += 1
            self.is_marked &= said.startswith(_MARK) and not said.startswith(f"{_MARK}<")


class NamesWithColon:
    """`see` all messages first, then ask. `colon` is what stands between name and words."""

    def __init__(self, title: str, colon: str = ": ") -> None:
        self._title, self._colon = _letters(title), colon
        self._seen: dict[str, _Sender] = {}

    def see(self, sender: str, words: str) -> None:
        known = self._seen.get(sender)
        if known is None and len(self._seen) < _MOST_NAMES:
            known = self._seen[sender] = _Sender()
        if known is not None:
            known.see(words, self._colon)

    def names(self) -> "WholeNames":
        found = {name: self._rest(name, known) for name, known in self._seen.items()}
        return WholeNames({name: rest for name, rest in found.items() if rest}, self._colon)

    def _rest(self, name: str, known: _Sender) -> str:
        rest = known.decide(self._colon)
        for end in range(len(rest), 0, -1):
            if _letters("".join((name, *rest[:end]))) == self._title and known.messages:
                return self._colon.join(rest[:end])
        enough = _ENOUGH_MARKED if known.is_marked else _ENOUGH
        return self._colon.join(rest) if known.messages >= enough else ""


class WholeNames:
    """`rests`: what belongs to a name behind its colon, by what stands before it."""

    def __init__(self, rests: dict[str, str], colon: str) -> None:
        self._rests, self._colon = rests, colon

    def name(self, sender: str) -> str:
        rest = self._rests.get(sender)
        return f"{sender}{self._colon}{rest}" if rest else sender

    def split(self, sender: str, said: str) -> tuple[str, str]:
        """(the whole name, the words behind it); no name for a line of the platform about them."""
        rest = self._rests.get(sender)
        if rest is None:
            return sender, said
        whole = f"{rest}{self._colon}"
        if said.startswith(whole) or said == whole.rstrip():
            return self.name(sender), said[len(whole) :]
        return "", f"{sender}{self._colon}{said}"


def _longest_rest(first: Sequence[str], colon: str) -> list[str]:
    """The pieces before colons of a message that begins as most with a colon do."""
    split = [f"{words} ".split(colon, _MOST_COLONS)[:-1] for words in first]
    begins = Counter(pieces[0] for pieces in split if pieces and pieces[0])
    if not begins:
        return []
    usual = begins.most_common(1)[0][0]
    found = next(pieces for pieces in split if pieces and pieces[0] == usual)
    while len(colon.join(found)) > _MAX_REST:
        found = found[:-1]
    return found


def _goes_on(words: str, rest: str) -> bool:
    """Whether the words begin with it, as a word of its own."""
    behind = words[len(rest) : len(rest) + 1]
    is_apart = not behind.isalnum() or behind >= _SCRIPTS_WITHOUT_BLANKS
    return words.startswith(rest) and is_apart


def _letters(name: str) -> str:
    """Files can't be named with a colon: programs write another sign there."""
    return "".join(filter(str.isalnum, name)).casefold()

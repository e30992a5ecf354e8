"""Write made-up lines as the owner and their friends write: how they begin, end, and how long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

import regex

from training.dataset.question_kinds import FactKinds
from training.dataset.samples import Sample

_CASED = regex.compile(r"[\p{Lu}\p{Ll}]")
_ENDED = regex.compile(r"[\p{P}\p{S}]$")
_LONE_I = regex.compile(r"\bi\b")
_ASKING = ("?", "？")
_FEW = 4  # own ways of not knowing: with fewer, the plain ones are added


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of somebody's lines: begun in lower case, and ended without a mark."""

    lower: float
    bare: float

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        lines = [line for text in texts for line in text.splitlines() if line.strip()]
        cased = [line for line in lines if _CASED.match(line)]
        lower = sum(line[0].islower() for line in cased)
        bare = sum(_ENDED.search(line.rstrip()) is None for line in lines)
        return cls(lower / max(len(cased), 1), bare / max(len(lines), 1))

    def write(self, line: str, rng: Random, stop: str) -> str:
        """A line that is given without a mark at its end, as they might write it.

        It ends in `stop` or none, and a question in its own mark or none.
        """
        bare = rng.random() < self.bare
        if rng.random() < self.lower:
            line = line.lower()
        else:
            line = _LONE_I.sub("I", line[:1].upper() + line[1:])
        if line.endswith(_ASKING):
            return line[:-1] if bare else line
        return line if bare or _ENDED.search(line) else line + stop


class Voice:
    """How the owner and their friends write in one language.

    `samples` are in that language; in all that are `taught` the owner may say that they don't know.
    """

    def __init__(
        self, samples: Sequence[Sample], taught: Sequence[Sample], kinds: FactKinds, rng: Random
    ) -> None:
        self._owner = Habits.of(sample.output for sample in samples)
        lines = (line for sample in samples for line in sample.output.splitlines())
        self._lengths = [len(line) for line in lines if line.strip()]
        self._friends = Habits.of(sample.input for sample in samples)
        self._stop, self._rng = kinds.stop, rng
        own = list(_saying_no_more(kinds, taught))
        plain = [self.owner(line) for line in kinds.plain_unknown]
        self._unknown = own if len(set(own)) >= _FEW else [*own, *plain]

    def owner(self, line: str) -> str:
        return self._owner.write(line, self._rng, self._stop)

    def friend(self, line: str) -> str:
        return self._friends.write(line, self._rng, self._stop)

    def answer(self, ways: Sequence[str]) -> str:
        """The one of some ways to answer that is as long as a message of theirs, drawn at random.

        With the shortest ones the twin's own answers would become short, too.
        """
        length = self._rng.choice(self._lengths)
        return self.owner(min(ways, key=lambda way: abs(len(way) - length)))

    def not_known(self) -> str:
        """In words of the owner's, or plain ones where they hardly ever said so."""
        return self._rng.choice(self._unknown)


def _saying_no_more(kinds: FactKinds, samples: Sequence[Sample]) -> Iterable[str]:
    lines = (line.strip() for sample in samples for line in sample.output.splitlines())
    return (line for line in lines if kinds.unknown.fullmatch(line))

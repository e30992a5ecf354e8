"""Find three answers that stand beside each real one: of the owner's own, and of other people's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from training.dataset.build import Built
from training.dataset.samples import Sample
from training.evaluation.style import heard

OTHERS = 3
LIKE = 1.5  # times as long, at most
QUESTION_MARKS = "?？؟"


@dataclass(frozen=True, slots=True)
class Place:
    """The held-out sample at `at`, and three other answers, or none where there aren't so many.

    `own`: of the owner to other messages; `others`: of friends to the owner's messages.
    """

    at: int
    own: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer, how it is compared, where it was given, and whether a question came before it."""

    text: str
    words: str
    conversation: tuple[int, int]
    to_question: bool


# What may be chosen from: the held-out part first, then what was learnt
_Pools = Sequence[Sequence[_Said]]


def find_places(built: Built, most: int) -> list[Place]:
    """The newest `most` held-out answers with three others each, the same for every model.

    Others are alike in length, of other conversations, and of other words. Held-out ones are taken
    first: between what a model has learnt and what it hasn't there is no fair choice.
    """
    parts = built.held_out, built.train
    own = [[_answer(sample) for sample in part] for part in parts]
    friends = [[*_of_friends(part)] for part in parts]
    by_kind = {kind: [_of_kind(pool, kind) for pool in friends] for kind in (False, True)}
    places = []
    for at in range(max(0, len(built.held_out) - most), len(built.held_out)):
        real, memory = own[0][at], heard(built.held_out[at].memory)
        mine = _three(real, own, memory)
        theirs = _three(real, by_kind[real.to_question], memory)
        places.append(Place(at, mine, theirs or _three(real, friends, memory)))
    return places


def _answer(sample: Sample) -> _Said:
    return _said(sample, sample.output, sample.input)


def _of_friends(samples: Sequence[Sample]) -> Iterator[_Said]:
    """What friends wrote next after an answer of the owner."""
    for sample in samples:
        if sample.input and sample.history and sample.history[-1][1]:
            yield _said(sample, sample.input, sample.history[-1][1])


def _said(sample: Sample, text: str, answers: str) -> _Said:
    conversation = sample.chat_id, sample.conversation
    return _Said(text, heard(text), conversation, any(mark in answers for mark in QUESTION_MARKS))


def _of_kind(pool: Sequence[_Said], to_question: bool) -> list[_Said]:
    return [said for said in pool if said.to_question == to_question]


def _three(real: _Said, pools: _Pools, memory: str) -> tuple[str, ...]:
    """The nearest in length; equally near ones by chance, the same whatever else there is, so that
    the next night asks the same. None when there aren't three.
    """
    found: dict[str, _Said] = {}
    for pool in pools:
        fitting = [said for said in pool if _stands_beside(said, real, memory)]
        for said in sorted(fitting, key=lambda said: _nearness(said, real)):
            found.setdefault(said.words, said)
        if len(found) >= OTHERS:
            return tuple(said.text for said in list(found.values())[:OTHERS])
    return ()


def _nearness(said: _Said, real: _Said) -> tuple[int, bytes]:
    pair = f"{real.text}\0{said.text}".encode("utf-8", "surrogatepass")
    return abs(len(said.text) - len(real.text)), blake2b(pair, digest_size=8).digest()


def _stands_beside(said: _Said, real: _Said, memory: str) -> bool:
    """`memory`: what the model is shown of earlier conversations; a quote is too easily taken."""
    short, long = sorted((len(said.text), len(real.text)))
    return (
        long <= LIKE * short
        and said.conversation != real.conversation
        and said.words != real.words
        and not (memory and said.words in memory)
    )

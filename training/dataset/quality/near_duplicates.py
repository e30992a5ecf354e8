"""Find the same answer to the same words over and over: greetings, templates.

Two exchanges are alike when both sides are, in nine of ten pieces of four characters (Jaccard).
Only those that share a key are compared: MinHash (Broder 1997, "On the Resemblance and Containment
of Documents") in bands, and the words themselves, so that equal ones meet.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from training.dataset.quality.answers import AnswerPair, normal_form

ALIKE = 0.9
PIECE = 4  # characters
BANDS, ROWS = 4, 3  # finds 99% of those that are alike, and few others
AT_ONCE = 2_000  # exchanges; bounds the memory
# Odd constants, each a hash function of its own by multiplication.
_HASHES = np.random.default_rng(0).integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
Key = bytes | str


def too_often(answers: Sequence[AnswerPair], most: int) -> set[int]:
    """Places of the answers that at least `most` newer ones are alike to. Oldest come first."""
    forms = [f"{normal_form(a.input)}\n{normal_form(a.output)}" for a in answers]
    leaders: dict[Key, int] = {}
    times: dict[int, int] = {}
    surplus: set[int] = set()
    newest_first = range(len(forms) - 1, -1, -1)
    for place, keys in zip(newest_first, _keys(forms[::-1]), strict=True):
        leader = _leader(forms, leaders, place, keys)
        times[leader] = times.get(leader, 0) + 1
        if times[leader] > most:
            surplus.add(place)
    return surplus


def _leader(forms: list[str], leaders: dict[Key, int], place: int, keys: list[Key]) -> int:
    """The newest exchange that this one is alike to; itself if there is none."""
    for candidate in dict.fromkeys(leaders[key] for key in keys if key in leaders):
        if _are_alike(forms[candidate], forms[place]):
            return candidate
    for key in keys:
        leaders.setdefault(key, place)
    return place


def _are_alike(one: str, other: str) -> bool:
    if one == other:
        return True
    pairs = zip(one.split("\n"), other.split("\n"), strict=True)
    return all(a == b or _similarity(a, b) >= ALIKE for a, b in pairs)


def _similarity(one: str, other: str) -> float:
    if not ALIKE <= len(one) / (len(other) or 1) <= 1 / ALIKE:
        return 0.0
    a, b = set(_pieces(one)), set(_pieces(other))
    return len(a & b) / len(a | b)


def _pieces(text: str) -> Iterator[str]:
    return (text[at : at + PIECE] for at in range(max(1, len(text) - PIECE + 1)))


def _keys(forms: Sequence[str]) -> Iterator[list[Key]]:
    for first in range(0, len(forms), AT_ONCE):
        some = forms[first : first + AT_ONCE]
        for form, bands in zip(some, _bands(some), strict=True):
            yield [form, *(bytes([number]) + band.tobytes() for number, band in enumerate(bands))]


def _bands(forms: Sequence[str]) -> NDArray[np.uint64]:
    """MinHash of each form's pieces, (forms, BANDS, ROWS)."""
    padded = [form + "\n" * (PIECE - 1) for form in forms]
    data = "".join(padded).encode("utf-32-le", "surrogatepass") + bytes(4 * (PIECE - 1))
    signs = np.frombuffer(data, dtype="<u4").astype(np.uint64)
    pieces = np.zeros(len(signs) - PIECE + 1, np.uint64)
    for at in range(PIECE):
        pieces = (pieces ^ signs[at : at + len(pieces)]) * np.uint64(0x9E3779B97F4A7C15)
        pieces ^= pieces >> np.uint64(32)
    starts = np.cumsum([0, *(len(form) for form in padded[:-1])])
    smallest = [np.minimum.reduceat(pieces * times >> np.uint64(8), starts) for times in _HASHES]
    return np.stack(smallest, axis=1).reshape(len(forms), BANDS, ROWS)

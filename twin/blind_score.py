"""The score of the blind test: how often people took the twin's answer for the owner's."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from storage.blind_test import Tally, tallies
from storage.chats import get_chat
from twin.share_interval import wilson

LEAST = 10  # answers of a chat, from which on they say something about it


@dataclass(frozen=True, slots=True)
class BlindScore:
    """Of `n` answers, the share that took the twin's, with its 95% interval; 0.5 is perfect."""

    n: int
    share: float
    low: float
    high: float


def score_of(counted: Sequence[Tally]) -> BlindScore:
    """All of them together, of which there is at least one."""
    n, taken = sum(one.answers for one in counted), sum(one.taken for one in counted)
    return BlindScore(n, taken / n, *wilson(taken, n))


def score_for_auto(db: Database, chat_id: int) -> BlindScore | None:
    """The chat's score that counts for mode auto: of the newest adapter with enough answers there.

    Where none has enough, that of the newest with any. A later adapter went live since it was found
    no worse, so a night does not take away what the one before it earned.
    """
    here = [one for one in tallies(db) if one.chat_id == chat_id]
    enough = [one for one in here if one.answers >= LEAST]
    newest = (enough or here)[:1]
    return score_of(newest) if newest else None


def of_adapter(counted: Sequence[Tally], name: str) -> list[Tally]:
    """Those of one adapter."""
    return [one for one in counted if one.adapter == name]


def blind_document(db: Database, name: str) -> dict[str, Any] | None:
    """An adapter's score in all and in each chat, as commands print it; None without answers."""
    mine = of_adapter(tallies(db), name)
    if not mine:
        return None
    chats = [
        {"chat": get_chat(db, one.chat_id).name, "chat_id": one.chat_id} | asdict(score_of([one]))
        for one in mine
    ]
    return asdict(score_of(mine)) | {"chats": chats}

"""Recognise a message from the owner's account as the echo of what the twin sent.

Platforms alter what was sent: emoji become pictures or codes and back, blanks and signs without a
shape are dropped, `&` becomes `&amp;`, the end is cut off. Taken for the owner's words, an altered
echo would be learnt and would silence the twin.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.fuzz import ratio
from sqlite_utils import Database

from storage.messages import DISAGREEING_MS
from storage.outbox import COLUMNS, STICKER, Piece, piece_of
from storage.plain_text import plain
from storage.platform_markup import decoded

# Around the time that sending took: for the same words, and for words that are only near to them,
# which the owner may well write by hand a minute later.
ECHO_WINDOW_MS = 60_000
NEAR_WINDOW_MS = 30_000
# How sure it is, in percent: the same to the eye, but for emoji and blanks, a part that was cut
# out, and the least that counts, as rapidfuzz's `ratio` of the letters.
SAME, ALIKE, PART, NEAR = 100.0, 99.0, 98.0, 80.0
_LEAST_OF_A_PART = 8  # letters
WITH_WORDS = frozenset({"text", "link"})  # kinds of messages in which a text may come back
AS_STICKER = frozenset({"sticker", "image"})  # and those as which a sticker may
_LONGEST = 5_000  # characters that are compared; replies have 4,000 at most
_LATEST = 200  # pieces of the chat that are looked at

# Categories of Unicode: symbols, skin tones, emoji of old phones and those newer than this Python.
_PICTURES = frozenset({"So", "Sk", "Co", "Cn", "Me"})
# As the sender does where no echo comes. The log may have moved its time behind the chat's last.
_IS_LOGGED = (
    "echoed_at IS NULL AND EXISTS (SELECT 1 FROM messages m WHERE m.chat_id = outbox.chat_id "
    "AND m.sent_at BETWEEN outbox.changed_at AND outbox.changed_at + :later "
    "AND m.text = outbox.text AND m.origin != 'peer' "
    "AND (outbox.kind != 'sticker' OR (m.kind, m.origin) = ('sticker', 'twin')))"
)

# Tags; [微笑], (smile), /::) and :smile:, as platforms write emoji, and what people type for them.
_NO_WORDS = re.compile(
    r"<[^<>]{1,500}>|\[[^\[\]]{1,20}\]|\([a-z ]{1,20}\)|/:\S{1,8}|:[a-z_+-]{2,30}:"
    r"|[:;]-?[()DPpo]|<3"
)


def same_words(sent: str, heard: str) -> float:
    """How surely `heard` is what became of `sent` on its way: SAME, down to NEAR, or 0."""
    one, other = _forms(sent), _forms(heard)
    if one.plain == other.plain:
        return SAME
    if not one.letters and not other.letters:
        # Pictures alone: whatever became of them has no letters either.
        is_picture = one.words == other.words or not one.words or not other.words
        return NEAR if is_picture else 0
    return ALIKE if one.words == other.words else _nearness(one.letters, other.letters)


def echo_score(sent: str, heard: str, distance_ms: int) -> float:
    """As `same_words`, but 0 where too much time lies between the two."""
    if distance_ms >= ECHO_WINDOW_MS:
        return 0
    score = same_words(sent, heard)
    return score if score >= ALIKE or distance_ms < NEAR_WINDOW_MS else 0


class _Forms(NamedTuple):
    """What is compared: what can be seen, that without pictures and blanks, the letters of it."""

    plain: str
    words: str
    letters: str


@lru_cache(maxsize=32)  # a message is compared with several pieces
def _forms(text: str) -> _Forms:
    # Made plain before too, since markup may come in a form that is none.
    shown = plain(decoded(plain(text[: 2 * _LONGEST])))[:_LONGEST]
    rest = "".join(_NO_WORDS.sub("", shown).split())
    words = "".join(sign for sign in rest if unicodedata.category(sign) not in _PICTURES)
    letters = "".join(sign for sign in words if unicodedata.category(sign)[0] in "LNM")
    return _Forms(shown, words, letters)


def _nearness(sent: str, heard: str) -> float:
    if not sent or not heard:
        return 0
    if len(heard) >= _LEAST_OF_A_PART and heard in sent:
        return PART
    if len(sent) >= _LEAST_OF_A_PART and sent in heard:
        return NEAR  # with a title or a note of the platform's
    shorter, longer = sorted((sent, heard), key=len)
    if 2 * len(shorter) >= len(longer) and shorter in longer:
        return NEAR
    return min(float(ratio(sent, heard, score_cutoff=NEAR)), PART - 1)


@dataclass(frozen=True, slots=True)
class Echo:
    """What was sent, of which a message is the echo. `is_again`: the log has it already, and the
    platform told it in another form or in parts.
    """

    piece: Piece
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class _Sent:
    """A piece that left, or may have, between two times in UTC milliseconds."""

    piece: Piece
    begun: int
    ended: int
    is_echoed: bool
    is_logged: bool  # by its sender, on a platform that tells no echoes
    is_failed: bool  # as far as is known: the friend's network may show it all the same, once more

    def distance(self, times: Sequence[int]) -> int:
        return min(max(self.begun - time, time - self.ended, 0) for time in times)

    def score(self, heard: str, times: Sequence[int]) -> float:
        distance = self.distance(times)
        score = echo_score(self.piece.text, heard, distance)
        if self.is_logged:
            return score if score == SAME else 0
        if not self.is_echoed or self.is_failed:
            return score
        # Told again in another form or in parts, it is the echo still. Exactly the same words are a
        # message of its own, which the owner may have typed.
        is_again = score >= PART and heard != self.piece.text and distance < NEAR_WINDOW_MS
        return 1 if is_again else 0


def find_echo(
    db: Database,
    chat_id: int,
    text: str | None,
    external_id: str | None,
    *times: int,
    key: str | None = None,
    kind: str = "text",
) -> Echo | None:
    """What a message from the owner's account is the echo of; None: it is their own.

    By the piece's key or the message's id where the platform gives one; otherwise by chat and
    words, or as a sticker, near the time that sending took. `text`: None for what has no words.
    `times`: of the message, by the platform and by us, in UTC milliseconds; one near is enough,
    since clocks may disagree and an echo may be late. Each sent piece explains one echo, so the
    owner typing the same words counts as the owner. A send that failed, by a time-out say, may have
    arrived all the same: its echo settles that it was sent.
    """
    piece = _by_key(db, chat_id, key) or _by_id(db, chat_id, external_id)
    echo = Echo(piece) if piece else None
    if echo is None and text is not None:
        echo = _by_words(db, chat_id, text, times)
    if echo is None and kind in AS_STICKER:
        echo = _as_sticker(db, chat_id, times)
    if echo is not None:
        db.execute(
            "UPDATE outbox SET echoed_at = ?, external_id = COALESCE(external_id, ?), "
            "state = iif(echoed_at IS NULL AND state IN ('doubt', 'failed'), 'sent', state) "
            "WHERE id = ?",
            [times[0], external_id, echo.piece.id],
        )
    return echo


def _by_key(db: Database, chat_id: int, key: str | None) -> Piece | None:
    row = db.execute(
        f"SELECT {COLUMNS} FROM outbox WHERE key = ? AND chat_id = ?", [key, chat_id]
    ).fetchone()
    return None if row is None else piece_of(row)


def _by_id(db: Database, chat_id: int, external_id: str | None) -> Piece | None:
    row = db.execute(
        f"SELECT {COLUMNS} FROM outbox WHERE chat_id = ? AND external_id = ?",
        [chat_id, external_id],
    ).fetchone()
    return None if row is None else piece_of(row)


def _by_words(db: Database, chat_id: int, text: str, times: Sequence[int]) -> Echo | None:
    """Of the pieces whose echo it may be the surest, and of several equally sure the oldest."""
    scores = [(sent.score(text, times), -sent.piece.id, sent) for sent in _latest(db, chat_id)]
    score, _, sent = max(scores, key=lambda scored: scored[:2], default=(0, 0, None))
    if sent is None or not score:
        return None
    return Echo(sent.piece, is_again=sent.is_echoed and not sent.is_failed)


def _as_sticker(db: Database, chat_id: int, times: Sequence[int]) -> Echo | None:
    """The oldest sticker that was sent about then, and whose echo has not come."""
    pieces = (
        sent.piece
        for sent in _latest(db, chat_id, STICKER)
        if not (sent.is_echoed or sent.is_logged) and sent.distance(times) < ECHO_WINDOW_MS
    )
    oldest = min(pieces, key=lambda piece: piece.id, default=None)
    return None if oldest is None else Echo(oldest)


def _latest(db: Database, chat_id: int, kind: str = "") -> list[_Sent]:
    """The pieces of that kind; without one, those with words."""
    rows = db.execute(
        # Either end may be the later one: somebody may have set the clock back meanwhile.
        f"SELECT {COLUMNS}, MIN(COALESCE(sending_at, changed_at), changed_at), "
        "MAX(COALESCE(sending_at, changed_at), changed_at), echoed_at IS NOT NULL, "
        f"{_IS_LOGGED}, state = 'failed' FROM outbox "
        "WHERE id IN (SELECT id FROM outbox WHERE chat_id = :chat "
        "AND iif(:kind = '', kind != 'sticker', kind = :kind) "
        "AND state IN ('sending', 'sent', 'doubt', 'failed') ORDER BY id DESC LIMIT :latest)",
        {"chat": chat_id, "latest": _LATEST, "later": DISAGREEING_MS, "kind": kind},
    ).fetchall()
    return [
        _Sent(piece_of(tuple(piece)), begun, ended, bool(echoed), bool(logged), bool(failed))
        for *piece, begun, ended, echoed, logged, failed in rows
    ]


def may_be_on_its_way(db: Database, platform: str, chat: str, text: str) -> bool:
    """Whether a piece with these words was sent to that chat, and nobody knows yet how it ended.

    `chat`: the platform's id of it; `text` may be a part of the piece.
    """
    row = db.execute(
        "SELECT 1 FROM outbox o JOIN chats c ON c.id = o.chat_id WHERE c.platform = ? "
        "AND c.external_id = ? AND o.state IN ('sending', 'doubt') AND o.echoed_at IS NULL "
        "AND ? != '' AND instr(o.text, ?) > 0",
        [platform, chat, text, text],
    ).fetchone()
    return row is not None

"""Find out whether a reply tells what the owner wrote for the twin alone: persona and notes.

A model tells such a text in its own words, so single words are compared: those that hardly anybody
says in a chat. What the owner says to several friends, or what was said in this chat, is no secret.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from sqlite_utils import Database

from storage.search import in_text, spaced
from twin.privacy.normalize import plain

HAN = "一-鿿"
# How many rare words tell it; more of a persona, since that is there to be lived.
LEAST_OF_NOTE, LEAST_OF_PERSONA = 2, 3
_FRIEND = "COALESCE(-p.person, c.id)"
RUN = 4  # words in a row, in the same order, one of which is rare
_TOKEN = re.compile(rf"[a-z0-9]+|[{HAN}]+")
_PLACEHOLDER = re.compile(r"\{[^}]{0,40}\}")
_ENDING = re.compile(r"(?:ing|ed|es|s|ly|e|y)$")
# Chinese characters that are seldom a word's own: particles, pronouns, everyday verbs.
_PARTICLES = frozenset(
    "的了是在我你他她它们有和就不人都也很吗呢吧啊呀哦嗯这那个上去着过把被让给跟对为从到要会能可没"
    "还又再别最请说看想来做当叫得地之与及或而且但所以因如果么些样儿"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A stem, or two Chinese characters; as it is written; whether hardly anybody says it."""

    stem: str
    written: str
    is_rare: bool


@cache
def _common() -> frozenset[str]:
    words = Path(__file__).with_name("common_words.txt").read_text("utf-8").split()
    return frozenset(_stem(word) for word in words)


def _stem(word: str) -> str:
    """Without English endings: owes, owed and owing are one word."""
    if not word.isascii() or word.isdigit() or len(word) < 4:
        return word
    stem = _ENDING.sub("", word)
    stem = _ENDING.sub("", stem) if len(stem) > 4 else stem
    if len(stem) > 3 and stem[-1] == stem[-2]:
        stem = stem[:-1]
    return stem if len(stem) > 2 else word


def _words(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(plain(text).lower().replace("'", "")):
        token = match[0]
        if token.isascii():
            stem = _stem(token)
            yield Word(stem, token, len(stem) > 2 and stem not in _common())
        else:
            pairs = (token[at : at + 2] for at in range(max(1, len(token) - 1)))
            yield from (Word(pair, pair, _is_rare_pair(pair)) for pair in pairs)


def _is_rare_pair(pair: str) -> bool:
    return len(pair) == 2 and pair not in _common() and not _PARTICLES & set(pair)


@lru_cache(maxsize=4096)
def _words_of_note(note: str) -> tuple[Word, ...]:
    return tuple(_words(_PLACEHOLDER.sub(" ", note)))


def told_words(reply: str, note: str, least: int) -> list[str] | None:
    """The rare words of a reply that tell a note or a persona; None when it does not.

    `least`: how many of them it takes if they don't stand in the note's order.
    """
    said, noted = tuple(_words(reply)), _words_of_note(note)
    by_stem = {word.stem: word.written for word in said}
    hits = by_stem.keys() & {word.stem for word in noted if word.is_rare}
    if _count(hits) >= least:
        return [by_stem[stem] for stem in sorted(hits)]
    return _run(said, noted)


def _count(stems: Set[str]) -> int:
    """How many words they are: the pairs of a Chinese word of three characters overlap."""
    characters = {character for stem in stems if not stem.isascii() for character in stem}
    return sum(stem.isascii() for stem in stems) + len(characters) // 2


def _run(said: Sequence[Word], noted: Sequence[Word]) -> list[str] | None:
    """The rare words of the first run that both have."""
    runs = {tuple(word.stem for word in run) for run in _runs(noted)}
    for run in _runs(said):
        if tuple(word.stem for word in run) in runs:
            return [word.written for word in run if word.is_rare]
    return None


def _runs(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    for start in range(len(words) - RUN + 1):
        run = words[start : start + RUN]
        if any(word.is_rare for word in run):
            yield run


def tells_private(db: Database, persona: str, reply: str, chat_id: int | None) -> bool:
    """Whether a reply to a chat tells the persona, the friend's note or, of the other friends'
    notes, exactly one: what stands in several is no secret of one friend.
    """
    # A friend with chats on several platforms has one note, which stands in each of them.
    friends = db.execute(
        f"SELECT {_FRIEND}, note FROM chats c LEFT JOIN people p ON p.chat_id = c.id "
        "WHERE note != ''"
    )
    notes, friend = dict(friends.fetchall()), _friend_of(db, chat_id)
    own = [(persona, LEAST_OF_PERSONA)]
    own += [(note, LEAST_OF_NOTE) for of, note in notes.items() if of == friend]
    for text, least in own:
        told = told_words(reply, text, least)
        if told and not _is_known(db, told, friend):
            return True
    others = (told_words(reply, note, LEAST_OF_NOTE) for of, note in notes.items() if of != friend)
    told_of = [told for told in others if told]
    return len(told_of) == 1 and not _is_known(db, told_of[0], friend)


def _friend_of(db: Database, chat_id: int | None) -> int | None:
    """A number of the chat's friend, the same in all of their chats."""
    row = db.execute(
        f"SELECT {_FRIEND} FROM chats c LEFT JOIN people p ON p.chat_id = c.id WHERE c.id = ?",
        [chat_id],
    ).fetchone()
    return row[0] if row else None


def _is_known(db: Database, words: Sequence[str], friend: int | None) -> bool:
    """Whether the words were said together to or by this friend, or by the owner to two or more."""
    phrases = " ".join(f'"{" ".join(spaced(word).split())}"' for word in words)
    friends = {
        of
        for (of,) in db.execute(
            f"SELECT DISTINCT {_FRIEND} AS friend FROM messages_fts f "
            "JOIN messages m ON m.id = f.rowid JOIN chats c ON c.id = m.chat_id "
            "LEFT JOIN people p ON p.chat_id = c.id WHERE messages_fts MATCH ? "
            f"AND (m.origin = 'owner' OR {_FRIEND} = ?) AND m.origin != 'twin' LIMIT 3",
            [in_text(phrases), friend],
        )
    }
    return friend in friends or len(friends) >= 2

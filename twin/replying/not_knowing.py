"""How the owner says that they don't know: short phrases of their own, else plain ones."""

import random
import re
from asyncio import to_thread
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sqlite_utils import Database

from storage.database import file_of, reading
from storage.search import in_text, phrase
from twin.memory.ages import PromptLanguage
from twin.memory.block import language_of
from twin.privacy.normalize import plain

LOOKED_AT = 400  # of the owner's messages with such words, the newest
LEAST = 2  # times that they said it
_MOST_CHARS = 30
_WORDS: dict[PromptLanguage, tuple[str, ...]] = {
    "en": ("idk", "dunno", "not sure", "no idea", "no clue", "don't know", "dont know", "remember"),
    "zh": ("不知道", "不清楚", "不确定", "不记得", "记不清", "忘了", "没印象", "想不起"),
}
# Nothing but such a phrase and fillers: whatever else the owner said to somebody stays there.
_PHRASES: dict[PromptLanguage, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:(?:haha|lol|hmm?|um|uh|honestly|tbh|sorry|oh|ah|well|i'?m|actually|really|just|ok)"
        r"\W{1,4}){0,3}"
        r"(?:idk|(?:i )?dunno|(?:i )?(?:do not|don'?t) (?:know|remember)|not (?:really )?sure"
        r"|no (?:idea|clue)|(?:i )?can'?t remember)"
        r"(?:\W{0,4}\b(?:lol|haha|tbh|sorry|man|dude|bro|actually|right now|rn|honestly|either"
        r"|exactly|anymore|xd|yet)){0,3}\W{0,4}"
    ),
    "zh": re.compile(
        r"(?:(?:哈哈|额|呃|嗯|啊|诶|我|这个|这|也|真的?|有点|其实|还|就|都)\W{0,2}){0,4}"
        r"(?:不(?:太|大)?(?:知道|清楚|确定|记得)|记不(?:太)?清|忘了|没(?:什么)?印象|想不起来?)"
        r"(?:了|诶|啊|呀|呢|哈哈|耶|哎|欸|哦|额|\W){0,4}"
    ),
}
DEFAULTS: dict[PromptLanguage, tuple[str, ...]] = {
    "en": ("not sure tbh", "hmm not sure", "can't remember right now", "no idea right now"),
    "zh": ("不太清楚诶", "我也不太确定", "想不起来了", "记不清了"),
}


async def not_knowing(db: Database, question: str, seed: int) -> str:
    """What the owner would say instead of an answer, in the language of the question.

    The same for the same seed.
    """
    return await to_thread(_chosen, file_of(db), language_of([question]), seed)


def _chosen(path: Path, language: PromptLanguage, seed: int) -> str:
    with reading(path) as db:
        own = own_phrases(db, language)
    choices = own or dict.fromkeys(DEFAULTS[language], 1)
    [chosen] = random.Random(seed).choices([*choices], weights=[*choices.values()])
    return chosen


def own_phrases(db: Database, language: PromptLanguage) -> dict[str, int]:
    """How often the owner said each such phrase, of those that they said more than once."""
    said = (text.strip() for text in _newest(db, _WORDS[language]))
    phrases = (text for text in said if _PHRASES[language].fullmatch(plain(text).lower()))
    return {text: count for text, count in Counter(phrases).items() if count >= LEAST}


def _newest(db: Database, words: Sequence[str]) -> list[str]:
    rows = db.execute(
        "SELECT m.text FROM messages_fts f CROSS JOIN messages m ON m.id = f.rowid "
        "WHERE messages_fts MATCH ? AND m.origin = 'owner' AND m.kind = 'text' "
        "AND m.recalled_at IS NULL AND length(m.text) <= ? ORDER BY f.rowid DESC LIMIT ?",
        [in_text(" OR ".join(map(phrase, words))), _MOST_CHARS, LOOKED_AT],
    )
    return [text for (text,) in rows.fetchall()]

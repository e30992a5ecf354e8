"""How much there is to learn in the log, and in which language, from its newest part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import regex
from sqlite_utils import Database

from storage.database import reading
from storage.log_size import log_size, newest_texts
from twin.config.schema import Config

SAMPLED = 2000  # messages
FEWEST = 20  # messages with words: fewer tell no language
MAINLY = 0.5
# Written around a message by template and persona: so that the demo comes to its 118,000 tokens.
TURN_TOKENS = 11.0
_HAN, _KANA, _LETTER = (
    regex.compile(p) for p in (r"\p{Han}", r"[\p{Hiragana}\p{Katakana}]", r"\p{L}")
)


@dataclass(frozen=True, slots=True)
class LogFigures:
    """messages: of the owner and of friends, in text. owners: the owner's of them.

    chinese_share: of the owner's newest messages with words; None where there are too few.
    chinese_chars, other_chars: of a message, on average.
    """

    messages: int = 0
    owners: int = 0
    chinese_share: float | None = None
    chinese_chars: float = 0.0
    other_chars: float = 0.0

    @property
    def is_chinese(self) -> bool:
        """Whether it is mainly Chinese."""
        return self.chinese_share is not None and self.chinese_share > MAINLY

    def tokens(self, per_char: Mapping[str, float], config: Config) -> tuple[float, float]:
        """About so many tokens are trained, and held out, with a tokenizer of so many a character.

        Each message once: what several samples show of one conversation stands in one sequence.
        """
        message = (
            self.chinese_chars * per_char["zh"] + self.other_chars * per_char["en"] + TURN_TOKENS
        )
        owners = self.owners
        if config.dataset.max_samples:
            owners = min(owners, config.dataset.max_samples * 2)  # an answer has two lines, or so
        total = message * self.messages * owners / max(self.owners, 1)
        held = min(config.dataset.held_out * total, config.dataset.max_held_out * 2 * message * 2)
        return total - held, held


def log_figures(db: Database) -> LogFigures:
    """Reads no more than the newest messages and an index."""
    size = log_size(db)
    owner_texts = newest_texts(db, "owner", SAMPLED)
    share = _chinese_share(owner_texts)
    chinese, other = _chars([*owner_texts, *newest_texts(db, "peer", SAMPLED)])
    return LogFigures(size.messages, size.owners, share, chinese, other)


def figures_beside(database: Path) -> LogFigures:
    """The same in another thread than the database's: counting a long log takes a while."""
    with reading(database) as db:
        return log_figures(db)


def _chinese_share(texts: Iterable[str]) -> float | None:
    worded = [text for text in texts if _LETTER.search(text)]
    if len(worded) < FEWEST:
        return None
    return sum(map(_is_chinese, worded)) / len(worded)


def _is_chinese(text: str) -> bool:
    """With Chinese characters and none of Japanese: 今天 ok 吗 is."""
    return bool(_HAN.search(text)) and not _KANA.search(text)


def _chars(texts: list[str]) -> tuple[float, float]:
    """Chinese and other characters of a message, on average."""
    if not texts:
        return 0.0, 0.0
    total = sum(map(len, texts))
    chinese = sum(len(_HAN.findall(text)) for text in texts)
    return chinese / len(texts), (total - chinese) / len(texts)

"""Show the samples a page at a time, each made from the messages around it.

Building them all takes half a minute for a million messages. What only all of them together decide
(the same words too often, [quality] shares, [dataset] max_samples) is not shown here.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sqlite_utils import Database

from storage.chats import Chat, get_chat
from storage.database import open_database
from storage.messages import Message
from storage.preferences import excluded_answers
from storage.search import search_messages, spaced
from storage.stretches import messages_before, messages_from
from training.dataset.chat_samples import BY_OWNER, mask_chat, without_excluded
from training.dataset.pair_chats import pair
from training.dataset.samples import Exchange
from twin.config.load import load_config
from twin.config.schema import Config
from twin.interfaces import ListedSample, SamplePage
from twin.privacy.learning import not_learnt, reason_against
from twin.privacy.normalize import plain

MESSAGES = 240  # read for one page of a chat
AROUND = 40  # on each side of a message that was found
PAGE = 20
END_OF_TIME = 2**62


class SampleBrowser:
    """Reads the settings each time: they may have been changed just now."""

    def __init__(self, config_path: Path) -> None:
        self._path = config_path

    def of_chat(self, chat_id: int, before: int | None = None) -> SamplePage:
        with _Looking(self._path) as looking:
            return looking.of_chat(get_chat(looking.db, chat_id), before or END_OF_TIME)

    def found(self, query: str, page: int = 0) -> SamplePage:
        with _Looking(self._path) as looking:
            return looking.found(query, page)


class _Looking:
    """One look, with a connection of its own."""

    def __init__(self, config_path: Path) -> None:
        self._config: Config = load_config(config_path)
        self.db: Database = open_database(self._config.database, create=False)

    def __enter__(self) -> "_Looking":
        self._excluded = excluded_answers(self.db)
        self._unlearnt = not_learnt(self.db, self._config)
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def of_chat(self, chat: Chat, before: int) -> SamplePage:
        messages = messages_before(self.db, chat.id, before, MESSAGES)
        exchanges = self._paired(chat, messages)
        is_all = len(messages) < MESSAGES
        # The first one may be cut off here; the next page shows it whole.
        whole = exchanges if is_all or len(exchanges) < 2 else exchanges[1:]
        shown = whole[-PAGE:]
        if not shown:
            return SamplePage((), None if is_all else messages[0].sent_at)
        more = not is_all or len(whole) > len(shown)
        # Its friend's words lie before the answer, and those of the page before it end there.
        following = shown[0].answered_at if more else None
        return SamplePage(self._samples(chat, shown[::-1]), following)

    def found(self, query: str, page: int) -> SamplePage:
        until = (page + 1) * PAGE
        hits = search_messages(self.db, query, limit=until + 1)
        words = [_searchable(word) for word in query.split()]
        samples: dict[tuple[int, int], ListedSample] = {}
        for hit in hits[page * PAGE : until]:
            chat, at = get_chat(self.db, hit["chat_id"]), hit["sent_at"]
            around = messages_before(self.db, chat.id, at, AROUND)
            around += messages_from(self.db, chat.id, at, AROUND)
            holding = [e for e in self._paired(chat, around) if _holds(e, words)]
            if holding:
                nearest = min(holding, key=lambda exchange: abs(exchange.answered_at - at))
                (sample,) = self._samples(chat, [nearest])
                samples.setdefault((chat.id, sample.answered_at), sample)
        return SamplePage(tuple(samples.values()), page + 1 if len(hits) > until else None)

    def _paired(self, chat: Chat, messages: Sequence[Message]) -> list[Exchange]:
        paired = pair(messages, asdict(chat), self._config)
        return list(without_excluded(paired.exchanges, self._excluded))

    def _samples(self, chat: Chat, exchanges: Sequence[Exchange]) -> tuple[ListedSample, ...]:
        """Masked as it is learnt, but that numbers count within the page."""
        if self._config.privacy.mask:
            exchanges = [masked.exchange for masked in mask_chat(exchanges)]
        chat_out = reason_against(asdict(chat), self._config, self._unlearnt)
        return tuple(
            ListedSample(
                chat_id=chat.id,
                chat=chat.name,
                answered_at=exchange.answered_at,
                input=exchange.input,
                output=exchange.output,
                untaught=exchange.untaught,
                by_owner=exchange.untaught == BY_OWNER,
                chat_out=chat_out,
            )
            for exchange in exchanges
        )


def _holds(exchange: Exchange, words: Sequence[str]) -> bool:
    text = _searchable(f"{exchange.input}\n{exchange.output}")
    return all(word in text for word in words)


def _searchable(text: str) -> str:
    return " ".join(spaced(plain(text)).casefold().split())

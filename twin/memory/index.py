"""Bring the passages up to date with the log: what is new is embedded, newest chats first."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from filelock import FileLock, Timeout
from sqlite_utils import Database

from storage import passages, stale_chats, unfinished_import
from storage.errors import TwinError
from storage.fact_vectors import facts_without_vector, store_fact_vectors
from storage.messages import messages_of_chat
from storage.passages import Key, MadeWith, PassageRow, Progress
from storage.stale_chats import Stale
from storage.texts import Text
from twin.config.schema import Config
from twin.memory.passages import Passage, passages_of
from twin.sentence_model import embed, embeddings_of

_BATCH = 32  # passages that are written at once: a quarter of a second
LOCK_FILE = "memory.lock"


class IndexedElsewhere(TwinError):
    """Another process is at it."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "the memory is being indexed by another process, such as the bot; "
                "`bot.py status` says how far it is"
            )
        )


def bring_up_to_date(
    db: Database,
    config: Config,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Progress], None] | None = None,
    wait_s: float = 0,
) -> Progress:
    """Embed what is missing until nothing is or `stop` says so; where it stands then.

    Every batch is kept, so whoever is killed has lost nothing. Does nothing without a model, and
    waits for another time while an import is written. Raises IndexedElsewhere where another process
    is at it for longer than `wait_s`.
    """
    model = embeddings_of(config)
    if model:
        with _alone(config, wait_s):
            passages.begin_with(db, made_with(config))
            _facts(db, model, stop)
            _all_stale(db, config, model, stop, on_progress)
    return passages.progress(db)


def made_with(config: Config) -> MadeWith:
    """What the passages of these settings depend on."""
    rules = config.dataset
    split = (rules.silence_minutes, rules.reply_hours, config.privacy.blocked_words)
    voices = ("own voices",) if config.media.own_voices else ()
    how = _number(repr((*split, config.memory.passages, *voices)))
    return MadeWith(_number(embeddings_of(config)), how)


def _number(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return int.from_bytes(digest, "big")


@contextmanager
def _alone(config: Config, wait_s: float) -> Iterator[None]:
    """The lock dies with its process."""
    lock = FileLock(config.path_of(LOCK_FILE))
    try:
        lock.acquire(timeout=wait_s)
    except Timeout:
        raise IndexedElsewhere from None
    try:
        yield
    finally:
        lock.release()


def _facts(db: Database, model: str, stop: Callable[[], bool]) -> None:
    while not stop() and (facts := facts_without_vector(db, _BATCH)):
        vectors = _packed([text for _, text in facts], model)
        rows = [(*fact, vector) for fact, vector in zip(facts, vectors, strict=True)]
        store_fact_vectors(db, rows)


def _all_stale(
    db: Database,
    config: Config,
    model: str,
    stop: Callable[[], bool],
    on_progress: Callable[[Progress], None] | None,
) -> None:
    """What is changed meanwhile is gone through again."""
    while not unfinished_import.is_unfinished(db) and (stale := stale_chats.stale_chats(db)):
        for chat in stale:
            for _ in _one_chat(db, config, model, chat):
                if on_progress:  # counting takes 10 ms of a large log
                    on_progress(passages.progress(db))
                if stop():
                    return
            if stop() or unfinished_import.is_unfinished(db):
                return


def _one_chat(db: Database, config: Config, model: str, stale: Stale) -> Iterator[None]:
    """Make the chat's passages, a batch at each step; until the chat is changed: its turn comes
    again.
    """
    chat = passages_of(messages_of_chat(db, stale.chat_id), config)[-config.memory.passages :]
    wanted = {_key(passage, model): passage for passage in reversed(chat)}  # newest first
    known = passages.passages_of_chat(db, stale.chat_id)
    gone = [number for key, number in known.items() if key not in wanted]
    missing = [passage for key, passage in wanted.items() if key not in known]
    left = len(missing)
    if gone or not missing:
        passages.store_passages(db, stale, [], gone, left)
        yield
    for batch in _batches(missing):
        if not stale_chats.is_unchanged(db, stale):
            return
        left -= len(batch)
        passages.store_passages(db, stale, _rows(batch, model), [], left)
        yield


def _batches(missing: Sequence[Passage]) -> Iterator[list[Passage]]:
    rest = iter(missing)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _key(passage: Passage, model: str) -> Key:
    first, last = passage.messages[0].id, passage.messages[-1].id
    return first, last, passage.digest(model)


def _rows(batch: Sequence[Passage], model: str) -> list[PassageRow]:
    vectors = _packed([passage.told for passage in batch], model)
    return [
        PassageRow(
            passage.chat_id,
            passage.began_at,
            passage.ended_at,
            *_key(passage, model),
            vector,
        )
        for passage, vector in zip(batch, vectors, strict=True)
    ]


def _packed(texts: Sequence[str], model: str) -> list[bytes]:
    """The vectors of these texts, as they are stored. Raises TwinError."""
    from twin.memory.vectors import packed  # numpy: the commands of the terminal need no numbers

    vectors = embed(texts, model, as_query=False)
    if vectors is None:
        raise TwinError(
            Text(
                "[memory] embeddings = “{model}”: this model can't be used, so words alone find "
                "what was said; the log says why",
                model=model,
            )
        )
    return packed(vectors)

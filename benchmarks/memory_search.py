"""Measure the memory in a log of a million messages: `python -m benchmarks.memory_search FOLDER`.

The messages are those of chitchat-dataset, over and over, in 500 chats of sizes as people write:
the largest has 8% of them. Their vectors are drawn at random, since embedding all takes hours; how
long one text takes is measured beside. Questions are messages of the same people.

`--recall` instead: what a vector of a byte a number costs, against four, on real embeddings.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from benchmarks.chitchat import conversations
from storage.chats import upsert_chat
from storage.database import open_database, transaction
from storage.messages import NewMessage, log_messages
from storage.passages import state_of_chat
from storage.search import in_text, indexed_together, phrase, search_messages
from twin.config.load import load_config
from twin.config.schema import Config
from twin.memory import index, search
from twin.memory.lookup import look_up
from twin.memory.vectors import packed, unpacked
from twin.sentence_model import embed

CHATS, SKEW = 500, 0.8  # the n-th largest chat has a share of 1 / n ** SKEW
QUESTIONS, ROUNDS = 200, 5
WIDTH = 384
MINUTE = 60_000
Floats = NDArray[np.float32]


def write_log(db: Database, messages: int) -> None:
    """Conversations in turn, a day apart in each chat; the first who wrote in each is the owner."""
    draw = random.Random(19)
    shares = [1 / (number + 1) ** SKEW for number in range(CHATS)]
    chats = [upsert_chat(db, "web", f"{number}", f"friend {number}").id for number in range(CHATS)]
    last = dict.fromkeys(chats, 0)
    talks = conversations()
    left = messages
    while left > 0:
        rows: list[NewMessage] = []
        for chat in draw.choices(chats, shares, k=200):
            talk = draw.choice(talks)
            owner = talk[0][0] if talk else ""
            last[chat] += 1440 * MINUTE
            for sender, text in talk:
                last[chat] += MINUTE
                origin = "owner" if sender == owner else "peer"
                rows.append(NewMessage(chat, origin, text, last[chat], source="import:test"))  # type: ignore[arg-type]
        with transaction(db), indexed_together(db):
            log_messages(db, rows[:left])
        left -= len(rows)


def drawn(texts: Sequence[str], *_: str, as_query: bool = False) -> Floats:
    vectors = np.random.default_rng(len(texts[0])).standard_normal((len(texts), WIDTH))
    unit: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def main(folder: Path, messages: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('[paths]\ndata = "."\n[memory]\nenabled = true\n')
    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    if not db.execute("SELECT 1 FROM messages LIMIT 1").fetchone():
        timed("write and index the words of all messages", lambda: write_log(db, messages))
    with patch.object(index, "embed", drawn):
        timed("split all chats, vectors drawn", lambda: index.bring_up_to_date(db, config))
    (count,) = db.execute("SELECT COUNT(*) FROM passages").fetchone()
    print(
        f"{count:,} passages; {db.execute('PRAGMA page_count').fetchone()[0] * 4096 / 1e6:,.0f} MB"
    )
    report(db, config)


def timed(what: str, work: Callable[[], object]) -> None:
    began, used = time.perf_counter(), time.process_time()
    work()
    clock, processor = time.perf_counter() - began, time.process_time() - used
    print(f"{what}: {clock:.0f} s, {processor:.0f} s of the processor", flush=True)


def report(db: Database, config: Config) -> None:
    rows = db.execute(
        "SELECT chat_id, COUNT(*) FROM messages GROUP BY chat_id ORDER BY 2"
    ).fetchall()
    draw = random.Random(7)
    texts = [text for talk in conversations() for _, text in talk if len(text.split()) > 3]
    questions = draw.sample(texts, QUESTIONS)
    print("\n| processor ms a question | median | p95 | medians of the rounds |\n|---|---|---|---|")
    for name, (chat, count) in {"largest": rows[-1], "middling": rows[len(rows) // 2]}.items():
        title = f"{name} chat, {count:,} messages, {state_of_chat(db, chat)[0]:,} passages"
        ask = asking(db, config, chat)
        row(f"{title}: all but the embedding", questions, ask(lambda text, _: drawn([text])[0]))
        row(f"{title}: words alone", questions, ask(lambda *_: None))
    row("embedding the question", questions, lambda text: embed([text], as_query=True))
    compare_search(db, questions)


def asking(
    db: Database, config: Config, chat: int
) -> Callable[[Callable[..., Any]], Callable[[str], object]]:
    def ask_with(model: Callable[..., Any]) -> Callable[[str], object]:
        def ask(text: str) -> object:
            with patch.object(search, "query_vector", model):
                return look_up(db, config, chat, text, before=4_000_000_000_000)

        return ask

    return ask_with


def compare_search(db: Database, questions: Sequence[str]) -> None:
    """The search of the pages, in this index and in one without the chats."""
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS old_fts USING fts5(text, content='')")
    if not db.execute("SELECT 1 FROM old_fts LIMIT 1").fetchone():
        db.execute("INSERT INTO old_fts(rowid, text) SELECT id, spaced(text) FROM messages")
    words = [max(text.split(), key=len) for text in questions]

    def before(word: str) -> object:
        return db.execute(
            "SELECT m.* FROM old_fts f JOIN messages m ON m.id = f.rowid "
            "WHERE old_fts MATCH ? ORDER BY m.sent_at DESC, m.id DESC LIMIT 50",
            [phrase(word)],
        ).fetchall()

    row("search of the pages, one word", words, lambda word: search_messages(db, word))
    row("the same without the chats in the index", words, before)
    assert in_text("a") == "text : (a)"


def row(title: str, questions: Sequence[str], ask: Callable[[str], object]) -> None:
    ask(questions[0])
    rounds = [list(milliseconds(questions, ask)) for _ in range(ROUNDS)]
    every = sorted(one for each in rounds for one in each)
    medians = sorted(median(each) for each in rounds)
    print(
        f"| {title} | {median(every):.1f} | {every[int(len(every) * 0.95)]:.1f} "
        f"| {medians[0]:.1f} to {medians[-1]:.1f} |",
        flush=True,
    )


def milliseconds(questions: Sequence[str], ask: Callable[[str], object]) -> Iterator[float]:
    for question in questions:
        began = time.process_time()  # on the clock, other programs count, too
        ask(question)
        yield (time.process_time() - began) * 1000


def recall(exchanges: int) -> None:
    """Which of the answers was given to a message, found by its vector; share in percent."""
    draw = random.Random(3)
    pairs = [
        (asked, said)
        for talk in conversations()
        for (one, asked), (other, said) in pairwise(talk)
        if one != other and asked.strip() and said.strip()
    ]
    chosen = draw.sample(pairs, exchanges)
    answers = embed([said for _, said in chosen], as_query=False)
    asked = embed([text for text, _ in chosen[: exchanges // 4]], as_query=True)
    assert answers is not None
    assert asked is not None
    bytes_of = {"float32": answers, "int8": unpacked(packed(answers))}
    nearest = {name: (-(asked @ matrix.T)).argsort(axis=1) for name, matrix in bytes_of.items()}
    for name, order in nearest.items():
        rank = (order == np.arange(len(asked))[:, None]).argmax(axis=1)
        shares = ", ".join(f"@{at} {np.mean(rank < at):.1%}" for at in (1, 5, 10))
        print(f"{name}, {len(packed(answers)[0]) if name == 'int8' else 4 * WIDTH} bytes: {shares}")
    same = [
        len(set(one[:10]) & set(other[:10])) / 10
        for one, other in zip(nearest["float32"], nearest["int8"], strict=True)
    ]
    print(f"of the ten nearest, the same: {np.mean(same):.1%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory_search", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("memory-bench"))
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--recall", type=int, metavar="EXCHANGES", help="such as 3000")
    given = parser.parse_args()
    if given.recall:
        recall(given.recall)
    else:
        main(given.folder.resolve(), given.messages)

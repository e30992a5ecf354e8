"""Measure the pages of chats: `python -m benchmarks.messenger FOLDER [--messages N] [--chats N]`.

Writes a made-up history into FOLDER's database, the last tenth of it as if it had come live, and
asks what the pages ask: the list, a chat, its older messages, a search, the place of what was
found.
"""

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC, date
from functools import partial
from pathlib import Path
from statistics import median

from sqlite_utils import Database

from benchmarks.made_up_history import END_S, SEED, SPAN_S, MadeUpChat, chats, messages_of
from storage.chats import upsert_chat, upsert_contact
from storage.database import open_database, transaction
from storage.decisions import last_verdicts
from storage.hits import page_of_hits
from storage.listings import last_messages, page_of_chats
from storage.messages import NewMessage, log_messages
from storage.search import indexed_together
from storage.unread import unread_counts
from storage.windows import Window, go_back, window_around, window_at_end
from twin.dashboard.pages.timeline import read_timeline

ROUNDS = 7
LIVE_S = END_S - SPAN_S // 10
PIECE = 200  # chats a transaction
PAGE = 25  # chats of the list
QUERIES = ("烧烤", "今天 晚上", "birthday", "birth", "的", "t", "~", "没有人说过这句话")


def write_log(db: Database, messages: int, count: int) -> None:
    every = chats(messages, count)
    for start in range(0, count, PIECE):
        with transaction(db), indexed_together(db):
            for chat in every[start : start + PIECE]:
                log_messages(db, _rows(db, chat))


def _rows(db: Database, chat: MadeUpChat) -> list[NewMessage]:
    drawn = random.Random(f"{SEED} {chat.number}")
    kind = "group" if chat.is_group else "direct"
    name = f"{'群' if chat.is_group else '朋友'} {chat.number}"
    number = upsert_chat(db, "telegram", chat.id, name, kind=kind).id
    friends = [
        upsert_contact(db, "telegram", f"{chat.id}_{n}", f"人 {n}") for n in range(chat.friends)
    ]
    return [
        NewMessage(
            number,
            "peer" if one.who else "owner",
            one.text if one.type == 0 else "",
            one.at * 1000,
            kind="text" if one.type == 0 else "image",
            source="live" if one.at > LIVE_S else "import:made up",
            sender_id=friends[one.who - 1] if one.who else None,
        )
        for one in messages_of(chat, drawn, END_S - SPAN_S, END_S)
    ]


def row(what: str, work: Callable[[], object]) -> None:
    """A line of the table: median and most of the rounds, in milliseconds of the processor."""
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        spent.append((time.process_time() - began) * 1000)
    print(f"| {what} | {median(spent):.1f} | {max(spent):.1f} |", flush=True)


def show_list(db: Database, name: str = "", offset: int = 0) -> None:
    """As `twin/dashboard/pages/chat_list.py` does every two seconds."""
    page, _ = page_of_chats(db, search=name, limit=PAGE, offset=offset)
    numbers = [chat.id for chat in page]
    for read in (last_messages, last_verdicts, unread_counts):
        read(db, numbers)


def report(db: Database) -> None:
    largest, size = db.execute(
        "SELECT chat_id, COUNT(*) FROM messages GROUP BY chat_id ORDER BY 2 DESC LIMIT 1"
    ).fetchone()
    (middle,) = db.execute(
        "SELECT id FROM messages WHERE chat_id = ? ORDER BY sent_at LIMIT 1 OFFSET ?",
        [largest, size // 2],
    ).fetchone()
    (count,) = db.execute("SELECT COUNT(*) FROM chats").fetchone()
    end = window_at_end(db, largest, 40)

    def show(window: Window | None) -> None:
        if window is not None:
            read_timeline(db, largest, window, UTC, today=date(2025, 10, 9))

    print("| what | ms | most |\n|---|---|---|")
    row("the list", lambda: show_list(db))
    row("the list, its last page", lambda: show_list(db, offset=count - PAGE))
    row("the list, by a name", lambda: show_list(db, "99"))
    row(f"open the largest chat ({size:,} messages)", lambda: show(window_at_end(db, largest, 40)))
    row("40 older messages of it", lambda: show(go_back(db, largest, end, 40)))
    row("jump into its middle", lambda: show(window_around(db, largest, middle, 40)))
    for query in QUERIES:
        row(f"search `{query}`", partial(page_of_hits, db, query))


def main(folder: Path, messages: int, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    db = open_database(folder / "twin.db")
    if not db.execute("SELECT 1 FROM messages LIMIT 1").fetchone():
        write_log(db, messages, count)
    report(db)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.messenger", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--chats", type=int, default=5000)
    given = parser.parse_args()
    main(given.folder.resolve(), given.messages, given.chats)

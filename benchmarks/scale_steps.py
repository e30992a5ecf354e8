"""The steps of `benchmarks.scale`. Each runs in a process of its own and returns what it measured:
`seconds` of the work itself, without starting Python.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.history import OWNER, write_history, write_news
from benchmarks.recipe_pairs import recipe_pairs
from storage.chats import list_chats
from storage.database import open_database, transaction
from storage.importers.import_files import import_paths
from storage.messages import NewMessage, messages_of_chat
from storage.search import indexed_together, search_messages

if TYPE_CHECKING:  # before `storage` it would bring pandas along, which no command of ours loads
    from sqlite_utils import Database

CHATS = 500
QUERIES = ("晚上", "烧烤", "今天 晚上", "birthday", "的", "没有人说过这句话")
Told = dict[str, Any]
_FIELDS = ", ".join(NewMessage._fields)


class _Stopwatch:
    """Seconds on the clock, and on the processor: a shared machine lengthens the one alone."""

    def __init__(self) -> None:
        self._clock, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> Told:
        return {
            "seconds": time.perf_counter() - self._clock,
            "worked": time.process_time() - self._processor,
        }


def write(folder: Path, messages: int) -> Told:
    watch = _Stopwatch()
    write_history(folder / "exports", messages, CHATS)
    write_news(folder / "news", max(1, messages // 1000), CHATS)
    return watch.read()


def import_history(folder: Path) -> Told:
    (folder / "config.toml").write_text('[paths]\ndata = "."\n', encoding="utf-8")
    return _import(folder, _fresh(folder / "twin.db"), "exports")


def import_again(folder: Path) -> Told:
    return _import(folder, folder / "twin.db", "exports")


def import_news(folder: Path) -> Told:
    return _import(folder, folder / "twin.db", "news")


def _import(folder: Path, path: Path, exports: str) -> Told:
    db = open_database(path)
    watch = _Stopwatch()
    report = import_paths(db, [folder / exports], me=OWNER)
    return watch.read() | {"new": report.new}


def plain(folder: Path) -> Told:
    """executemany into a table with the same columns and nothing else."""
    return _executemany(folder, triggers=False, indexes=False)


def indexed(folder: Path) -> Told:
    """executemany into our table with its indexes, then the search index in one go."""
    return _executemany(folder, triggers=False, indexes=True)


def triggered(folder: Path) -> Told:
    """executemany into our schema as it stands: the trigger indexes each text for the search."""
    return _executemany(folder, triggers=True, indexes=True)


def _executemany(folder: Path, *, triggers: bool, indexes: bool) -> Told:
    """The imported rows, held in memory beforehand, with the bot's own pragmas."""
    with sqlite3.connect(folder / "twin.db") as source:
        rows = source.execute(f"SELECT {_FIELDS} FROM messages ORDER BY id").fetchall()
    db = open_database(_fresh(folder / "plain.db"))
    db.execute("PRAGMA foreign_keys = OFF")  # the chats and contacts are not copied
    if not indexes:
        _drop(db, "trigger")
        _drop(db, "index")
    watch = _Stopwatch()
    insert = f"INSERT INTO messages ({_FIELDS}) VALUES ({', '.join('?' for _ in rows[0])})"
    with transaction(db):
        if indexes and not triggers:
            with indexed_together(db):
                db.conn.executemany(insert, rows)
        else:
            db.conn.executemany(insert, rows)
    return watch.read() | {"rows": len(rows)}


def _drop(db: "Database", kind: str) -> None:
    found = db.execute(
        "SELECT name FROM sqlite_master WHERE type = ? AND tbl_name = 'messages' AND sql != ''",
        [kind],
    )
    for (name,) in found.fetchall():
        db.execute(f'DROP {kind} "{name}"')


def search(folder: Path) -> Told:
    """Milliseconds of each query, the newest 20, as `bot.py search` asks."""
    db = open_database(folder / "twin.db")
    watch = _Stopwatch()
    queries = {}
    for query in QUERIES:
        each = _Stopwatch()
        found = search_messages(db, query, limit=20)
        queries[query] = {"ms": round(each.read()["seconds"] * 1000, 1), "found": len(found)}
    return watch.read() | {"queries": queries}


def chats(folder: Path) -> Told:
    db = open_database(folder / "twin.db")
    watch = _Stopwatch()
    return {"chats": len(list_chats(db))} | watch.read()


def build(folder: Path) -> Told:
    from training.dataset.build import build as build_dataset
    from twin.config.load import load_config

    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    watch = _Stopwatch()
    built = build_dataset(db, config)
    return watch.read() | {"report": built.report}


def pair_as_the_recipe(folder: Path) -> Told:
    """The recipe's function on the same messages, read already."""
    db = open_database(folder / "twin.db")
    chats = [_recipe_rows(db, int(chat["id"])) for chat in list_chats(db)]
    watch = _Stopwatch()
    return {"pairs": sum(len(recipe_pairs(rows)) for rows in chats)} | watch.read()


def pair_as_we_do(folder: Path) -> Told:
    """`pair_chat` on the same messages, read already; the rest of `build` is not in it."""
    from training.dataset.pairing import pair_chat

    db = open_database(folder / "twin.db")
    chats = [list(messages_of_chat(db, int(chat["id"]))) for chat in list_chats(db)]
    watch = _Stopwatch()
    pairs = sum(len(pair_chat(messages, 120, 6).exchanges) for messages in chats)
    return {"pairs": pairs} | watch.read()


def _recipe_rows(db: "Database", chat: int) -> list[tuple[str, str, str]]:
    """[time, sender, text] of the texts: the recipe knows nothing else."""
    rows: Iterable[tuple[str, str, str]] = db.execute(
        "SELECT strftime('%Y-%m-%d %H:%M:%S', sent_at / 1000, 'unixepoch'), "
        "iif(origin = 'owner', '我', 'friend'), text FROM messages "
        "WHERE chat_id = ? AND kind = 'text' ORDER BY sent_at, id",
        [chat],
    )
    return list(rows)


def _fresh(path: Path) -> Path:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    return path


STEPS: dict[str, Callable[[Path], Told]] = {
    step.__name__: step
    for step in (
        *(import_history, plain, indexed, triggered, import_again),
        *(search, chats, pair_as_the_recipe, pair_as_we_do, build, import_news),
    )
}

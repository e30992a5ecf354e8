"""The steps of `benchmarks.scale`, each of which runs in a process of its own.

A step returns what it measured: `seconds` on the clock and `processor_seconds` of the work itself,
without starting Python.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.made_up_history import OWNER, write_history, write_news
from storage.chats import list_chats
from storage.database import open_database, transaction
from storage.importers.import_files import import_paths
from storage.messages import NewMessage, messages_of_chat
from storage.search import indexed_together, search_messages

if TYPE_CHECKING:  # before `storage` it would bring pandas along, which no command of ours loads
    from sqlite_utils import Database

CHATS = 500
RECIPE_TIME = "%Y-%m-%d %H:%M:%S"
RECIPE_OWNER = "我"
RECIPE_BURST_S = 120
RECIPE_REPLY_S = 6 * 3600
QUERIES = ("晚上", "烧烤", "今天 晚上", "birthday", "的", "没有人说过这句话")
Result = dict[str, Any]
MESSAGE_FIELDS = ", ".join(NewMessage._fields)


class _Stopwatch:
    """Seconds on the clock and on the processor; other programs lengthen the first only."""

    def __init__(self) -> None:
        self._clock, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> Result:
        return {
            "seconds": time.perf_counter() - self._clock,
            "processor_seconds": time.process_time() - self._processor,
        }


def write(folder: Path, messages: int) -> Result:
    watch = _Stopwatch()
    write_history(folder / "exports", messages, CHATS)
    write_news(folder / "news", max(1, messages // 1000), CHATS)
    return watch.read()


def import_history(folder: Path) -> Result:
    (folder / "config.toml").write_text('[paths]\ndata = "."\n', encoding="utf-8")
    return _import(folder, _fresh(folder / "twin.db"), "exports")


def import_again(folder: Path) -> Result:
    return _import(folder, folder / "twin.db", "exports")


def import_news(folder: Path) -> Result:
    return _import(folder, folder / "twin.db", "news")


def _import(folder: Path, path: Path, exports: str) -> Result:
    db = open_database(path)
    watch = _Stopwatch()
    report = import_paths(db, [folder / exports], me=OWNER)
    return watch.read() | {"new": report.new}


def plain(folder: Path) -> Result:
    """`executemany` into a table with the same columns and nothing else."""
    return _executemany(folder, triggers=False, indexes=False)


def indexed(folder: Path) -> Result:
    """`executemany` into our table with its indexes, then the search index at once."""
    return _executemany(folder, triggers=False, indexes=True)


def triggered(folder: Path) -> Result:
    """`executemany` into our schema as it is: the trigger indexes each text for the search."""
    return _executemany(folder, triggers=True, indexes=True)


def _executemany(folder: Path, *, triggers: bool, indexes: bool) -> Result:
    """The imported rows, held in memory beforehand, with the bot's own pragmas."""
    with sqlite3.connect(folder / "twin.db") as source:
        rows = source.execute(f"SELECT {MESSAGE_FIELDS} FROM messages ORDER BY id").fetchall()
    db = open_database(_fresh(folder / "plain.db"))
    db.execute("PRAGMA foreign_keys = OFF")  # the chats and contacts are not copied
    if not indexes:
        _drop(db, "trigger")
        _drop(db, "index")
    watch = _Stopwatch()
    insert = f"INSERT INTO messages ({MESSAGE_FIELDS}) VALUES ({', '.join('?' for _ in rows[0])})"
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


def search(folder: Path) -> Result:
    """Milliseconds of each query, the newest 20, as `bot.py search` asks."""
    db = open_database(folder / "twin.db")
    watch = _Stopwatch()
    queries = {}
    for query in QUERIES:
        each = _Stopwatch()
        found = search_messages(db, query, limit=20)
        queries[query] = {"ms": round(each.read()["seconds"] * 1000, 1), "found": len(found)}
    return watch.read() | {"queries": queries}


def chats(folder: Path) -> Result:
    db = open_database(folder / "twin.db")
    watch = _Stopwatch()
    return {"chats": len(list_chats(db))} | watch.read()


def build(folder: Path) -> Result:
    from training.dataset.build import build as build_dataset
    from twin.config.load import load_config

    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    watch = _Stopwatch()
    built = build_dataset(db, config)
    return watch.read() | {"report": built.report}


def pair_as_the_recipe(folder: Path) -> Result:
    """The recipe's function on the same messages, which are in memory already."""
    db = open_database(folder / "twin.db")
    chats = [_recipe_rows(db, int(chat["id"])) for chat in list_chats(db)]
    watch = _Stopwatch()
    return {"pairs": sum(len(recipe_pairs(rows)) for rows in chats)} | watch.read()


def pair_as_we_do(folder: Path) -> Result:
    """`pair_classic` on the same messages, which are in memory already; not the rest of `build`."""
    from training.dataset.pairing import pair_classic

    db = open_database(folder / "twin.db")
    chats = [list(messages_of_chat(db, int(chat["id"]))) for chat in list_chats(db)]
    watch = _Stopwatch()
    pairs = sum(len(pair_classic(messages, 120, 6).exchanges) for messages in chats)
    return {"pairs": pairs} | watch.read()


def _recipe_rows(db: "Database", chat: int) -> list[tuple[str, str, str]]:
    """(time, sender, text) of each text message: the recipe reads nothing else."""
    rows: Iterable[tuple[str, str, str]] = db.execute(
        "SELECT strftime('%Y-%m-%d %H:%M:%S', sent_at / 1000, 'unixepoch'), "
        "iif(origin = 'owner', '我', 'friend'), text FROM messages "
        "WHERE chat_id = ? AND kind = 'text' ORDER BY sent_at, id",
        [chat],
    )
    return list(rows)


def recipe_pairs(rows: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """(friend's text, owner's answer) pairs of one chat, as the recipe's text describes them.

    `rows`: (time, sender, text) by time.
    """
    times = [datetime.strptime(time, RECIPE_TIME) for time, _, _ in rows]  # noqa: DTZ007
    pairs = []
    at = 0
    while at < len(rows):
        if rows[at][1] == RECIPE_OWNER:
            at += 1
            continue
        end = _recipe_burst_end(rows, times, at)
        asked, friend_last = rows[at:end], times[end - 1]
        at = end
        if at == len(rows) or rows[at][1] != RECIPE_OWNER:
            continue
        if (times[at] - friend_last).total_seconds() > RECIPE_REPLY_S:
            continue
        end = _recipe_burst_end(rows, times, at)
        input, output = _joined_texts(asked), _joined_texts(rows[at:end])
        if input.strip() and output.strip():
            pairs.append((input, output))
        at = end
    return pairs


def _recipe_burst_end(
    rows: Sequence[tuple[str, str, str]], times: Sequence[datetime], first: int
) -> int:
    """The end of a burst: messages of one side within RECIPE_BURST_S of its first."""
    end = first + 1
    while (
        end < len(rows)
        and (rows[end][1] == RECIPE_OWNER) == (rows[first][1] == RECIPE_OWNER)
        and (times[end] - times[first]).total_seconds() <= RECIPE_BURST_S
    ):
        end += 1
    return end


def _joined_texts(rows: Sequence[tuple[str, str, str]]) -> str:
    return "\n".join(text for _, _, text in rows)


def _fresh(path: Path) -> Path:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    return path


STEPS: dict[str, Callable[[Path], Result]] = {
    step.__name__: step
    for step in (
        *(import_history, plain, indexed, triggered, import_again),
        *(search, chats, pair_as_the_recipe, pair_as_we_do, build, import_news),
    )
}

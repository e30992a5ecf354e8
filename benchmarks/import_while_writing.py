"""Measure an import while a bot writes: `python -m benchmarks.import_while_writing FOLDER`.

Imports the made-up history of `benchmarks.scale` while another process logs a message every 50 ms.
Prints seconds and processor seconds of the import, and how long those writes waited.
"""

import argparse
import json
import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.scale_steps import import_history, write
from storage.chats import upsert_chat
from storage.database import now_ms, open_database
from storage.messages import NewMessage, log_message

PAUSE_S = 0.05


def main(folder: Path, messages: int) -> None:
    if not (folder / "exports").exists():
        write(folder, messages)
    context = multiprocessing.get_context("spawn")
    pipe, bot_pipe = context.Pipe()
    bot = context.Process(target=_log_messages, args=(folder / "twin.db", bot_pipe))
    bot.start()
    result = import_history(folder)
    pipe.send("imported")
    waits: list[float] = sorted(pipe.recv())
    bot.join()
    at = {"median": len(waits) // 2, "p99": len(waits) * 99 // 100, "most": -1}
    milliseconds = {name: round(waits[index] * 1000, 1) for name, index in at.items()}
    print(json.dumps(result | {"writes": len(waits), "waited_ms": milliseconds}))


def _log_messages(path: Path, pipe: Connection) -> None:
    waits: list[float] = []
    while not path.exists():
        time.sleep(PAUSE_S)
    db = open_database(path)
    chat = upsert_chat(db, "web", "writer", "writer").id
    while not pipe.poll(PAUSE_S):
        started = time.perf_counter()
        log_message(db, NewMessage(chat, "peer", f"还在吗 {len(waits)}", now_ms()))
        waits.append(time.perf_counter() - started)
    pipe.send(waits)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.import_while_writing", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--messages", type=int, default=300_000)
    given = parser.parse_args()
    main(given.folder.resolve(), given.messages)

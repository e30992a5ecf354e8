"""Small exports to import, and a database in memory to import them into."""

import csv
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlite_utils import Database

from storage.importers.formats.pywxdump import COLUMNS
from storage.search import register_search_functions
from tests.quick_schema import copy_or_migrate

Row = tuple[str, str, str]
ROWS: list[Row] = [
    ("2024-10-04 11:43:05", "小明", "今晚打球吗"),
    ("2024-10-04 11:43:05", "小明", "今晚打球吗"),
    ("2024-10-04 11:43:09", "我", "好"),
    ("2024-10-04 11:43:12", "我", "几点"),
]


def export(path: Path, rows: Sequence[Row] = ROWS, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([list(row) for row in rows], ensure_ascii=False), encoding=encoding)
    return path


def export_csv(path: Path, rows: Sequence[tuple[str, str, str, str]], room: str = "wxid_f") -> Path:
    """Rows of (server id, 0 or 1, text, time)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, (server_id, mine, text, time) in enumerate(rows):
            kind = "消息撤回" if "撤回" in text else "文本"
            talker = "wxid_me" if mine == "1" else "wxid_f"
            writer.writerow([number, server_id, kind, mine, talker, room, text, "", time])
    return path


def in_memory() -> Database:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    register_search_functions(connection)
    db = Database(connection)
    copy_or_migrate(db)
    return db

"""A database as an earlier version of the program left it."""

import sqlite3
from pathlib import Path

from sqlite_utils import Database

from storage.migrations import MIGRATIONS
from storage.search import register_search_functions


def database_at(path: Path, version: int) -> Database:
    connection = sqlite3.connect(path, isolation_level=None)
    register_search_functions(connection)
    db = Database(connection)
    for step in MIGRATIONS[:version]:
        step(db)
    db.execute(f"PRAGMA user_version = {version}")
    return db

"""Damaged exports: a result or an InputError, never another exception, a hang or half an import.

TWIN_FUZZ is the number of damaged files for each sample; 2,900 make 107,300 in all. Without it the
samples of a format share 100, which are always the same. With `-s` the files of each format are
counted at the end.
"""

import copy
import io
import json
import os
import random
import sqlite3
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.base import Importer
from storage.importers.detect import importers
from storage.importers.import_files import import_paths
from storage.migrations import migrate
from storage.search import register_search_functions
from tests.storage.importers.samples import samples

pytestmark = pytest.mark.slow

FILES = int(os.environ.get("TWIN_FUZZ", "100"))
LONGEST_S = 5  # of the processor, so that a busy machine is no fault
# By hand other files each time, otherwise always the same.
STEADY = "TWIN_FUZZ" not in os.environ
SAMPLES_OF = Counter(importer.NAME for importer, _ in samples().values())
ALL = {name: sample.text.encode() for name, (_, sample) in samples().items()}
# What is likely to hurt: brackets, ends of fields, marks, numbers without an end.
NASTY = [
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\xbd", b"\r", b"\n", b"\t", b'"', b"\\", b","),
    *(b"[" * 300, b"{", b"}", b"]", b"1" * 5000, b"1e999999999", b"-1", b"NaN", b"null", b"true"),
    *(b'"\\ud83d"', b"[[", b"{}", b"[]", b'""', b"0", b"99/99/9999, 99:99 - ", "‎".encode()),
    *(b"0000-00-00 00:00:00 ", b"9999-12-31T23:59:59+23:59", b"253402300800", b": ", b" - "),
]


VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 10**18, 10**400, 1.5, "", " ", "x", "0", "1728013385", "²"),
    *([], {}, [[]], [{}], [None], {"text": 5}, {"": ""}, "2024-10-04", "\ud83d", "\0", "@chatroom"),
]


def wrong_types(text: str, rng: random.Random) -> bytes:
    """Valid JSON in which a few values, or names, are not what they should be."""
    try:
        whole = json.loads(text)
    except ValueError:
        return text.encode("utf-8", "replace")
    for _ in range(rng.randint(1, 4)):
        node = whole
        while isinstance(node, dict | list) and node:
            key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
            if rng.random() < 0.3 or not isinstance(node[key], dict | list):
                node[key] = copy.deepcopy(rng.choice(VALUES))
                break
            node = node[key]
    return json.dumps(whole, ensure_ascii=rng.random() < 0.5).encode("utf-8", "replace")


def damage(data: bytes, rng: random.Random) -> bytes:
    """The same file after one to four accidents."""
    if rng.random() < 0.4:
        lines = data.decode("utf-8", "replace").split("\n")
        if lines[0].lstrip("\ufeff").startswith(("{", "[")):
            at = rng.randrange(len(lines))
            whole = wrong_types("\n".join(lines), rng)
            line = "\n".join([*lines[:at], wrong_types(lines[at], rng).decode(), *lines[at + 1 :]])
            return whole if rng.random() < 0.8 else line.encode()
    for _ in range(rng.randint(1, 4)):
        at, to = sorted(rng.randint(0, len(data)) for _ in range(2))
        match rng.randrange(7):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + data[to:]
            case 2:
                other = rng.choice(list(ALL.values()))
                data = data[:at] + other[rng.randint(0, len(other)) :]
            case 3 if data:
                flipped = bytearray(data)
                for _ in range(rng.randint(1, 8)):
                    flipped[rng.randrange(len(flipped))] = rng.randrange(256)
                data = bytes(flipped)
            case 4:
                data = data[:at] + rng.choice(NASTY) + data[at:]
            case 5:
                data = data[:at] + rng.choice(NASTY) + data[to:]
            case _:
                data = data[:to] + data[at:to] * rng.randint(1, 3) + data[to:]
    return data


TRIED: Counter[str] = Counter()
IMPORTED: Counter[str] = Counter()


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    register_search_functions(connection)
    database = Database(connection)
    migrate(database)
    yield database
    print()
    for name, tried in sorted(TRIED.items()):
        print(f"{name}: {tried:,} files, {IMPORTED[name]:,} of them imported")
    print(f"{TRIED.total():,} files, {IMPORTED.total():,} of them imported")


def attempt(db: Database, of: str, path: Path, **options: str | None) -> bool:
    """Import the file, and look at what is stored; then take it back. Whether anything was."""
    assert count(db) == 0
    TRIED[of] += 1
    refused, began = "", time.process_time()
    try:
        report = import_paths(db, [path], max_bad_rows=5, **options)  # type: ignore[arg-type]
    except InputError as error:
        refused = str(error)
    assert time.process_time() - began < LONGEST_S
    if refused:
        assert "\n" not in refused
        assert count(db) == 0
        return False
    IMPORTED[of] += 1
    assert count(db) == report.new > 0
    assert db.execute("SELECT COUNT(*) FROM messages WHERE origin = 'twin'").fetchone()[0] == 0
    again = import_paths(db, [path], max_bad_rows=5, **options)  # type: ignore[arg-type]
    assert (again.new, again.messages) == (0, report.messages)
    db.execute("DELETE FROM messages")
    db.execute("DELETE FROM chats")
    db.execute("DELETE FROM contacts")
    return True


def count(db: Database) -> int:
    assert not db.conn.in_transaction
    return int(db.execute("SELECT COUNT(*) FROM messages").fetchone()[0])


def files_for(importer: Importer) -> int:
    """So many damaged files of each sample of this format."""
    return max(FILES // SAMPLES_OF[importer.NAME], FILES // 4) if STEADY else FILES


@pytest.mark.parametrize("name", ALL)
def test_damaged_exports(db: Database, tmp_path: Path, name: str) -> None:
    importer, sample = samples()[name]
    for file, text in sample.beside.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")

    path = tmp_path / sample.name
    path.parent.mkdir(parents=True, exist_ok=True)

    @settings(
        max_examples=files_for(importer),
        deadline=None,
        database=None,
        derandomize=STEADY,
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**64), forced=st.booleans())
    def check(seed: int, forced: bool) -> None:
        path.unlink(missing_ok=True)  # a disk is slow to write a file again that it holds
        path.write_bytes(damage(ALL[name], random.Random(seed)))
        format = importer.NAME if forced else None
        attempt(db, importer.NAME, path, me=sample.me, format=format)

    check()


@pytest.mark.parametrize("importer", importers(), ids=lambda importer: importer.NAME)
def test_anything_at_all(db: Database, tmp_path: Path, importer: Importer) -> None:
    @settings(
        max_examples=FILES // 2,
        deadline=None,
        database=None,
        derandomize=STEADY,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.binary(max_size=400) | st.text(max_size=400).map(lambda s: s.encode("utf-8")))
    def check(data: bytes) -> None:
        path = tmp_path / "any.json"
        path.write_bytes(data)
        attempt(db, importer.NAME, path, format=importer.NAME, me="a")

    check()


def test_damaged_zips(db: Database, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "good.json").write_bytes(ALL["qq.json"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("weflow.json", "line.txt", "chatlog.csv"):
            archive.writestr(f"a/{name}", ALL[name])

    @settings(
        max_examples=FILES,
        deadline=None,
        database=None,
        derandomize=STEADY,
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**64), among_others=st.booleans())
    def check(seed: int, among_others: bool) -> None:
        path = tmp_path / "folder" / "in.zip"
        rng = random.Random(seed)
        data = bytearray(packed.getvalue())
        for _ in range(rng.randint(1, 4)):
            # The end holds the list of members.
            at = rng.randrange(len(data)) if rng.random() < 0.5 else -rng.randint(1, 300)
            data[at] = rng.randrange(256)
        path.write_bytes(data[: rng.choice([len(data), len(data), rng.randrange(len(data))])])
        if among_others:
            assert attempt(db, ".zip", path.parent)  # the other file comes in
        else:
            attempt(db, ".zip", path)

    check()

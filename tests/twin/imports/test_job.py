"""The import through a page: a look that stores nothing and stops nobody, then the import."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.chats import list_chats
from storage.database import open_database
from twin.imports.job import ImportJob
from twin.imports.uploads import Uploads

ROWS = [["2026-01-01 10:00:00", "mum", "hi"], ["2026-01-01 10:01:00", "我", "ho"]]


async def content(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


@pytest.fixture
def importing(tmp_path: Path) -> ImportJob:
    path = tmp_path / "config.toml"
    path.write_text("[paths]\ndata = '.'\n")
    open_database(tmp_path / "twin.db").close()
    return ImportJob(path, Uploads(tmp_path))


def phase(importing: ImportJob) -> str:
    return importing.state.phase


async def hand_in(importing: ImportJob, name: str, text: str) -> None:
    await importing._upload.add(name, content(text))


async def ended(importing: ImportJob) -> None:
    assert importing._task is not None
    await importing._task


async def test_the_bot_can_write_while_a_file_is_looked_at(
    importing: ImportJob, tmp_path: Path
) -> None:
    db = open_database(tmp_path / "twin.db")
    db.execute("PRAGMA busy_timeout = 0")
    await hand_in(importing, "mum.json", json.dumps(ROWS))
    db.execute("BEGIN IMMEDIATE")  # nor does a writing bot hinder the look
    importing.check()
    assert importing.state.is_busy
    importing.check()
    importing.confirm()
    importing.drop()
    await ended(importing)
    db.execute("ROLLBACK")
    assert phase(importing) == "checked"
    assert importing.state.report is not None
    assert importing.state.report.new == 2
    assert list_chats(db) == []
    importing.confirm()
    await ended(importing)
    assert phase(importing) == "done"
    assert [chat["messages"] for chat in list_chats(db)] == [2]
    assert list((tmp_path / "uploads").iterdir()) == []
    first = importing.key
    importing.again()
    assert importing.key != first
    db.close()


async def test_what_is_wrong_is_shown_without_our_folders(importing: ImportJob) -> None:
    importing.check()
    assert phase(importing) == "empty"  # nothing was handed in
    await hand_in(importing, "../x.json", "[1")
    importing.check()
    await ended(importing)
    importing.confirm()
    assert phase(importing) == "checked"
    assert importing.state.error
    assert "uploads" not in importing.shown(importing.state.error)
    importing.drop()
    assert phase(importing) == "empty"


async def test_a_wrong_setting_or_a_lost_file_is_no_crash(
    importing: ImportJob, tmp_path: Path
) -> None:
    await hand_in(importing, "mum.json", json.dumps(ROWS))
    (tmp_path / "config.toml").write_text("[train]\nrank = 0\n")
    importing.check()
    await ended(importing)
    assert "train.rank = 0" in (importing.state.error or "")


async def test_a_table_is_imported_by_the_columns_that_are_chosen(importing: ImportJob) -> None:
    table = "a title\nsent,who,said\n2026-01-01 10:00:00,mum,hi\n2026-01-01 10:00:09,Ben,ho\n"
    await hand_in(importing, "mum.csv", table)
    importing.check()
    await ended(importing)
    assert importing.state.error
    assert importing.state.names == ["sent", "who", "said"]
    importing.check(columns={"time": "sent", "sender": "who"})
    await ended(importing)
    assert "text is missing" in (importing.state.error or "")
    columns = {"time": "sent", "sender": "who", "text": "said"}
    importing.check(columns=columns)
    await ended(importing)
    assert [sender.name for sender in importing.state.senders] == ["mum", "Ben"]
    assert [message.text for message in importing.state.first] == ["hi", "ho"]
    importing.check("Ben", columns=columns)
    await ended(importing)
    importing.confirm()
    await ended(importing)
    assert phase(importing) == "done"
    assert importing.state.report is not None
    assert (importing.state.report.new, importing.state.report.owner) == (2, 1)


async def test_two_chats_that_the_owner_says_are_one(importing: ImportJob, tmp_path: Path) -> None:
    said = [[f"2026-01-0{n} 10:00:00", "我" if n % 2 else "mum", f"hello {n}"] for n in range(1, 9)]
    await hand_in(importing, "mum.json", json.dumps(said))
    await hand_in(importing, "Mama.json", json.dumps(said).replace("mum", "Mama"))
    importing.check()
    await ended(importing)
    assert importing.state.report is not None
    (double,) = importing.state.report.doubles
    assert (double.old, double.new, double.shared) == ("Mama", "mum", 8)
    importing.check(same=[double.same])
    await ended(importing)
    assert importing.state.same == ("Mama=mum",)
    assert importing.state.report.doubles == []
    importing.confirm()
    await ended(importing)
    db = open_database(tmp_path / "twin.db")
    assert [(chat["name"], chat["messages"]) for chat in list_chats(db)] == [("mum", 8)]
    db.close()


@pytest.mark.parametrize("along", [True, False])
async def test_files_come_along_unless_the_owner_says_no(
    importing: ImportJob, tmp_path: Path, along: bool
) -> None:
    said = "12/24/23, 14:18 - mum: a.jpg (file attached)\n12/24/23, 14:19 - Ben: oh\n"
    await hand_in(importing, "WhatsApp Chat with mum.txt", said)
    await hand_in(importing, "a.jpg", "a photo")
    importing.check("Ben", "mdy")
    await ended(importing)
    report = importing.state.report
    assert report is not None
    assert report.media is not None
    assert report.media.came == 1
    importing.bring_along(along)
    importing.check("Ben", "mdy")  # what they said stays
    await ended(importing)
    importing.confirm()
    await ended(importing)
    assert phase(importing) == "done"
    kept = [path.read_text() for path in (tmp_path / "media").rglob("*.jpg")]
    assert kept == ["a photo"] * along

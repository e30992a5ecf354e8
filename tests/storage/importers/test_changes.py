"""Messages that were taken back or edited between two exports of a chat."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, as_json, put

Log = list[tuple[str, bool]]

BEFORE = """\
[03.05.24, 09:00:01] Nora: lunch?
[03.05.24, 09:00:40] Ben: call me an idiot
[03.05.24, 09:00:40] Ben: sure
[03.05.24, 09:01:10] Ben: at tvelve
"""
AFTER = """\
[03.05.24, 09:00:01] Nora: lunch?
[03.05.24, 09:00:40] Ben: \u200eYou deleted this message.
[03.05.24, 09:00:40] Ben: sure
[03.05.24, 09:01:10] Ben: at twelve \u200e<This message was edited>
"""


def texts(db: Database) -> Log:
    """The owner's texts, and whether each was taken back."""
    rows = db.execute(
        "SELECT text, recalled_at IS NOT NULL FROM messages "
        "WHERE origin = 'owner' AND kind = 'text' ORDER BY sent_at, text"
    )
    return [(text, bool(recalled)) for text, recalled in rows.fetchall()]


def whatsapp(folder: Path, text: str) -> Path:
    return put(folder, Sample("WhatsApp Chat - Nora/_chat.txt", text))


@pytest.mark.parametrize("order", [(BEFORE, AFTER), (AFTER, BEFORE), (BEFORE, AFTER, BEFORE)])
def test_without_ids_the_moment_tells_what_was_taken_back(
    db: Database, tmp_path: Path, order: tuple[str, ...]
) -> None:
    for number, text in enumerate(order):
        import_paths(db, [whatsapp(tmp_path / str(number), text)], me="Ben")
    assert ("call me an idiot", True) in texts(db)
    assert [row for row in texts(db) if row[0] in ("sure", "at twelve")] == [
        ("sure", False),
        ("at twelve", False),
    ]


def test_an_edited_message_is_learnt_in_its_last_version(db: Database, tmp_path: Path) -> None:
    for number, text in enumerate((BEFORE, AFTER, BEFORE)):
        import_paths(db, [whatsapp(tmp_path / str(number), text)], me="Ben")
    assert ("at tvelve", True) in texts(db)
    assert ("at twelve", False) in texts(db)


def test_to_the_minute(db: Database, tmp_path: Path) -> None:
    lines = ["5/3/24, 09:00 - Nora: hi", "5/3/24, 09:01 - Ben: one", "5/3/24, 09:01 - Ben: two"]
    path = put(tmp_path, Sample("WhatsApp Chat with Nora.txt", "\n".join(lines)))
    import_paths(db, [path], me="Ben")
    lines[2] = "5/3/24, 09:01 - Ben: Has esborrat aquest missatge"
    path.write_text("\n".join([*lines, "5/3/24, 09:01 - Ben: three"]), encoding="utf-8")
    report = import_paths(db, [path], me="Ben")
    assert texts(db) == [("one", False), ("three", False), ("two", True)]
    assert any("1 messages were taken back or edited" in note for note in report.notes)
    assert import_paths(db, [path], me="Ben").new == 0


def telegram(text: str, edited: str | None) -> str:
    message = {"id": 7, "type": "message", "date": "2024-05-03T09:00:00", "from": "Ben"}
    more = {"edited": edited} if edited else {}
    written = {**message, "from_id": "user6", "text": text, "date_unixtime": "1714726800", **more}
    return as_json({"name": "Nora", "type": "personal_chat", "id": 5, "messages": [written]})


def test_with_ids_the_new_version_takes_the_place_of_the_old(db: Database, tmp_path: Path) -> None:
    old = put(tmp_path / "1", Sample("result.json", telegram("at tvelve", None)))
    new = put(tmp_path / "2", Sample("result.json", telegram("at twelve", "2024-05-03T09:05:00")))
    for path in (old, new, old):
        import_paths(db, [path], me="Ben")
    assert texts(db) == [("at twelve", False)]


def test_nothing_of_a_change_stays_when_the_import_fails(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_paths(db, [whatsapp(tmp_path / "1", BEFORE)], me="Ben")
    before = texts(db)
    monkeypatch.setattr(
        "storage.importers.changes.ChangesWriter.words_of_placeholders",
        lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
    )
    with pytest.raises(KeyboardInterrupt):
        import_paths(db, [whatsapp(tmp_path / "2", AFTER)], me="Ben")
    assert texts(db) == before

"""Lines of a platform under somebody's name are nobody's words, and people's words stay theirs."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.importers.base import ImportedMessage
from storage.importers.import_files import import_paths
from storage.importers.platform_lines import PlatformLine, PlatformLines, _table, lines_under_names
from tests.storage.importers.exports import Row, export

FRIENDS = ("Anna", "Carl", "Dora")
SAID = (
    *("Missed call from mum, call her back", "missed call?? when", "I left the group", "left"),
    *("Ben, joined the group yet?", "Anna joined the group", "You left the group chat open"),
    *(
        "so missed call",
        "Missed call\nsorry",
        "Call ended badly",
        "changed",
        "encrypted",
        "joined!",
    ),
    *("no answer", "未接来电我没看到", "我刚加入了群聊", "Verpasster Anruf, sorry"),
)


def chat(folder: Path, friend: str, *said: Row) -> Path:
    rows = [("2024-10-04 11:43:05", friend, "hi"), ("2024-10-04 11:43:09", "Ben", "ho"), *said]
    return export(folder / f"{friend}.json", rows)


def chats(folder: Path, line: str, friends: Sequence[str] = FRIENDS) -> Path:
    for friend in friends:
        chat(folder, friend, ("2024-10-04 11:44:00", "Ben", line))
    return folder


def words(db: Database) -> set[str]:
    rows = db.execute("SELECT text FROM messages WHERE kind = 'text'").fetchall()
    return {text for (text,) in rows} - {"hi", "ho"}


@pytest.mark.parametrize(
    "line",
    [
        *("Missed call", "Missed call.", "‎Missed voice call", "Verpasster Anruf", "未接来电"),
        *("不在着信", "부재중 전화", "مكالمة فائتة", "Пропущенный звонок", "Cevapsız arama"),
        *("สายที่ไม่ได้รับ", "Cuộc gọi nhỡ", "Appel manqué", "Llamada perdida", "मिस्ड कॉल"),
        *(
            "You left the group",
            "Call ended 0:32",
            "Call ended (1:02:03)",
            "Du hast die Gruppe verlassen",
        ),
        "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt",
    ],
)
def test_a_line_of_a_platform_in_three_chats_is_nobodys(
    db: Database, tmp_path: Path, line: str
) -> None:
    report = import_paths(db, [chats(tmp_path, line)], me="Ben", dry_run=True)
    (found,) = report.platform_lines
    assert (found.messages, found.chats) == (3, 3)
    assert [file.kinds for file in report.files] == [{"text": 2, "system": 1}] * 3
    import_paths(db, [tmp_path], me="Ben")
    assert words(db) == set()
    assert [(one.messages, one.chats) for one in lines_under_names(db, 9)] == [(3, 3)]
    assert import_paths(db, [tmp_path], me="Ben").new == 0


def test_in_two_chats_it_may_be_somebodys(db: Database, tmp_path: Path) -> None:
    report = import_paths(db, [chats(tmp_path, "Missed call", FRIENDS[:2])], me="Ben")
    assert report.platform_lines == []
    assert words(db) == {"Missed call"}


def test_the_third_chat_comes_later(db: Database, tmp_path: Path) -> None:
    import_paths(db, [chats(tmp_path / "1", "Missed call", FRIENDS[:2])], me="Ben")
    report = import_paths(db, [chats(tmp_path / "2", "Missed call", FRIENDS[2:])], me="Ben")
    assert report.platform_lines == [PlatformLine("missed call", 1, 3)]
    assert any(note.startswith("2 messages of earlier imports") for note in report.notes)
    assert words(db) == set()
    # One of them alone again: the log remembers the others.
    assert import_paths(db, [tmp_path / "1" / "Anna.json"], me="Ben").new == 0
    assert words(db) == set()


@pytest.mark.parametrize("line", SAID)
def test_what_people_write_stays_theirs_in_any_number_of_chats(
    db: Database, tmp_path: Path, line: str
) -> None:
    report = import_paths(db, [chats(tmp_path, line)], me="Ben")
    assert report.platform_lines == []
    assert words(db) == {line}


@pytest.mark.parametrize(
    "line",
    [
        *("Carl joined the group", "Carl changed the group name to “Lake”", "“Carl”加入了群聊"),
        *(
            "Carlがグループを退会しました",
            "Carl님이 나갔습니다.",
            "\u2068Carl\u2069 hat die Gruppe verlassen",
        ),
        "Messages you send to this chat and calls are now secured with end-to-end encryption. "
        "Tap for more info.",
    ],
)
def test_nobody_reports_on_themselves_like_a_platform(
    db: Database, tmp_path: Path, line: str
) -> None:
    rows = [("2024-10-04 11:44:00", "Carl", line), ("2024-10-04 11:45:00", "Carl", "me")]
    report = import_paths(db, [chat(tmp_path, "Carl", *rows)], me="Ben")
    assert len(report.platform_lines) == 1
    assert words(db) == {"me"}


def test_another_ones_report_is_speech(db: Database, tmp_path: Path) -> None:
    line = "Carl joined the group"
    rows = [("2024-10-04 11:44:00", "Carl", line), ("2024-10-04 11:45:00", "Ben", line)]
    import_paths(db, [chat(tmp_path, "Carl", *rows)], me="Ben")
    kinds = db.execute("SELECT origin, kind FROM messages WHERE text = ?", [line]).fetchall()
    assert sorted(kinds) == [("owner", "text"), ("peer", "system")]


def test_switched_off_all_are_words(db: Database, tmp_path: Path) -> None:
    folder = chats(tmp_path, "Missed call")
    assert import_paths(db, [folder], me="Ben", platform_lines=False).platform_lines == []
    assert words(db) == {"Missed call"}


def message(text: str, sender: str = "Ben") -> ImportedMessage:
    return ImportedMessage("c", "c", sender, sender, 0, text)


PHRASES = sorted(_table().several)


@given(st.sampled_from(PHRASES), st.text("abc d我é", min_size=1, max_size=20))
def test_words_around_a_phrase_make_it_speech(phrase: str, more: str) -> None:
    for text in (f"{phrase} x{more}", f"{more}x {phrase}", f"{phrase}\n{more}x"):
        lines = PlatformLines()
        for number in range(9):
            lines.see(message(text), number)
        assert lines.kind(message(text)) == "text"


def test_every_phrase_of_the_table_is_found() -> None:
    table = _table()
    templates = [*table.named, *(f"{before}x{after}" for before, after in table.gaps)]
    for template in templates:
        lines = PlatformLines()
        said = message(template.replace("{who}", "Jo Ann"), "Jo Ann")
        lines.see(said, 1)
        assert lines.kind(said) == "system", template
        assert lines.kind(said._replace(sender_name="Bo", sender_id="Bo")) == "text"
    assert len(table.named) > 150
    assert min(map(len, table.several | table.sentences)) >= 3
    assert "" not in table.several | table.sentences | table.named

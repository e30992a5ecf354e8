"""Viber's CSV."""

from pathlib import Path

import pytest

from storage.importers.detect import importer_named
from storage.importers.file import ExportFile
from tests.storage.importers.samples import Sample, as_csv, put, read, read_sample, seen

COLUMNS = ["Date", "Time", "Sender name", "Phone number", "Text"]
VIBER = as_csv(
    COLUMNS,
    ["13/05/2023", "10:00:00", "Mira", "+49 151 1", "hey\nyou"],
    ["13/05/2023", "10:00:10", "Me", "+49 151 2", "hi"],
    ["14/05/2023", "22:00:00", "Mira", "+49 151 1", "Photo message"],
)

SAMPLES = (Sample("viber.csv", VIBER),)


def test_a_chat_of_two(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "viber.csv")
    assert seen(messages) == [
        ("Mira", False, "text", "hey\nyou"),
        ("Me", True, "text", "hi"),
        ("Mira", False, "image", ""),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("Mira", "direct")}
    assert [m.sent_at - messages[0].sent_at for m in messages] == [0, 10_000, 129_600_000]


def test_nobody_is_marked_where_the_owner_has_a_name(tmp_path: Path) -> None:
    text = VIBER.replace("Me", "Ben")
    assert {m.from_owner for m in read(put(tmp_path, Sample("a.csv", text)))} == {None}


@pytest.mark.parametrize("said", ["A photo message?", "Video call at 8", "Photo of you"])
def test_only_whole_placeholders_are_none_of_their_words(tmp_path: Path, said: str) -> None:
    text = as_csv(COLUMNS, ["13/05/2023", "10:00:00", "Mira", "", said])
    (message,) = read(put(tmp_path, Sample("a.csv", text)))
    assert (message.kind, message.text, message.sender_id) == ("text", said, "Mira")


def test_an_impossible_date_is_left_out_and_reported(tmp_path: Path) -> None:
    file = ExportFile(put(tmp_path, Sample("a.csv", VIBER.replace("14/05", "40/05"))))
    assert len(list(importer_named("viber").read(file))) == 2
    assert len(file.problems) == 1

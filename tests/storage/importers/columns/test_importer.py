"""Tables whose columns the owner names."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.columns.choice import parse_columns
from storage.importers.columns.importer import ByColumns, preview
from storage.importers.columns.saved import SavedColumns
from storage.importers.file import ExportFile
from storage.importers.import_files import import_paths
from storage.importers.owner import OwnerUnknown
from tests.storage.importers.samples import as_csv, seen

COLUMNS = parse_columns("time=timestamp,sender=sender,text=text")
HEADER = ["timestamp", "sender", "text"]
ROWS = [["2023-05-01 10:00:00", "Mira", "hey"], ["2023-05-01 10:00:10", "Ben", "hi"]]
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
SAID = [("Mira", None, "text", "hey"), ("Ben", None, "text", "hi")]


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def workbook(path: Path, *sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def as_objects(rows: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(HEADER, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", as_csv(HEADER, *ROWS)),
        ("title.csv", as_csv(["Chat with Mira"], [], HEADER, *ROWS)),
        ("bom.csv", "\ufeff" + as_csv(HEADER, *ROWS)),
        ("semicolons.csv", as_csv(HEADER, *ROWS).replace(",", ";")),
        ("a.json", json.dumps(as_objects(ROWS))),
        ("inside.json", json.dumps({"n": 2, "data": {"messages": as_objects(ROWS)}})),
        ("lists.json", json.dumps([HEADER, *ROWS])),
        ("a.jsonl", "\n".join(json.dumps(row) for row in as_objects(ROWS))),
    ],
)
def test_the_named_columns_of_any_table(tmp_path: Path, name: str, text: str) -> None:
    assert seen(preview(put(tmp_path, name, text), COLUMNS)) == SAID


def test_a_spreadsheet(tmp_path: Path) -> None:
    start = datetime(2023, 5, 1, 10, 0)  # noqa: DTZ001
    rows: list[list[Any]] = [
        HEADER,
        [start, "Mira", "hey"],
        [],
        [start.isoformat(), "Ben", 12],
        [None, None, None],
    ]
    path = workbook(tmp_path / "a.xlsx", [["About this file"]], [["A title"], *rows])
    found = preview(path, COLUMNS)
    assert seen(found) == [SAID[0], ("Ben", None, "text", "12")]
    assert found[0].sent_at == found[1].sent_at == int(start.timestamp()) * 1000


def test_a_date_and_a_time_in_columns_of_their_own(tmp_path: Path) -> None:
    day = datetime(2023, 5, 1, 0, 0)  # noqa: DTZ001
    clock = datetime(2023, 5, 1, 10, 0).time()  # noqa: DTZ001
    path = workbook(tmp_path / "a.xlsx", [["d", "t", "who", "said"], [day, clock, "Mira", "hey"]])
    (message,) = preview(path, parse_columns("date=d,time=t,sender=who,text=said"))
    assert message.sent_at == int(day.replace(hour=10).timestamp()) * 1000


@pytest.mark.parametrize("header", [[HEADER], []])
def test_columns_by_number_with_and_without_a_header(
    tmp_path: Path, header: list[list[str]]
) -> None:
    path = put(tmp_path, "a.csv", as_csv(*header, *ROWS))
    assert seen(preview(path, parse_columns("time=1, sender=2, text=3"))) == SAID


def test_names_of_columns_may_be_odd(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", as_csv(["Date, sent", "2", "文本 = text"], *ROWS))
    assert seen(preview(path, parse_columns("time=date, sent,sender=2,text=文本 = text"))) == SAID
    inside = [{"at": 1682935200, "from": {"name": "Mira"}, "text": "hey"}]
    path = put(tmp_path, "a.json", json.dumps(inside))
    assert seen(preview(path, parse_columns("time=at,sender=from.name,text=text"))) == SAID[:1]


def test_chats_kinds_and_the_owner(tmp_path: Path) -> None:
    rows = [
        ["2023-05-01 10:00:00", "Mira", "hey", "", "Mira", "0"],
        ["2023-05-01 10:00:01", "Ben", "hi", "text", "Mira", "1"],
        ["2023-05-01 10:00:02", "Ben", "IMG_1.jpg", "Photo", "Club", "yes"],
        ["2023-05-01 10:00:03", "Ann", "", "", "Club", "no"],
        ["2023-05-01 10:00:04", "Tom", "I'm in", "", "Club", "false"],
        ["2023-05-01 10:00:05", "", "Tom joined", "", "Club", ""],
    ]
    path = put(tmp_path, "a.csv", as_csv([*HEADER, "kind", "room", "mine"], *rows))
    columns = parse_columns("time=timestamp,sender=sender,text=text,kind=kind,chat=room,owner=mine")
    found = list(ByColumns(columns).read(ExportFile(path)))
    assert seen(found) == [
        ("Mira", False, "text", "hey"),
        ("Ben", True, "text", "hi"),
        ("Ben", True, "image", ""),
        ("Ann", False, "other", ""),
        ("Tom", False, "text", "I'm in"),
        ("", None, "system", "Tom joined"),
    ]
    assert [(m.chat_name, m.chat_kind) for m in found[1:3]] == [
        ("Mira", "direct"),
        ("Club", "group"),
    ]


def test_an_import_lists_what_it_cannot_read(db: Database, tmp_path: Path) -> None:
    path = put(tmp_path, "Mira.csv", as_csv(HEADER, *ROWS, ["soon", "Ben", "later"], ["x"]))
    with pytest.raises(OwnerUnknown, match=r"Mira \(1, “hey”\)"):
        import_paths(db, [path], columns=COLUMNS)
    report = import_paths(db, [path], columns=COLUMNS, me="Ben")
    assert (report.new, report.owner, report.files[0].chat) == (2, 1, "Mira")
    assert [problem.line for problem in report.problems] == [4, 5]
    assert "time 'soon' is not a date and time" in str(report.problems[0])
    assert import_paths(db, [path], columns=COLUMNS, me="Ben").new == 0


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        (as_csv(HEADER, *ROWS), "time=when,sender=sender,text=text", "no column 'when'; it has"),
        (as_csv(HEADER, *ROWS), "time=text,sender=sender,text=text", "'hey' is not a time"),
        (as_csv(HEADER, *ROWS), "time=9,sender=sender,text=text", "no column '9'"),
        (as_csv(["t", "t", "x"], *ROWS), "time=t,sender=x,text=x", "as 1, 2; give its number"),
        (json.dumps(as_objects(ROWS)), "time=when,sender=sender,text=text", "no column 'when'"),
        ("[1, 2]", "time=1,sender=2,text=3", "no column"),
        ("", "time=1,sender=2,text=3", "empty"),
    ],
)
def test_what_does_not_fit_is_one_line(tmp_path: Path, text: str, columns: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        preview(put(tmp_path, "a.csv", text), parse_columns(columns))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("tim=a,sender=b,text=c", "no field 'tim'"),
        ("time=a,sender=b", "text is missing"),
        ("time=a,time=b,sender=c,text=d", "time stands twice"),
        ("time=,sender=c,text=d", "time has no column"),
        ("=", "no field ''"),
    ],
)
def test_a_choice_that_is_none(given: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_columns(given)


def test_a_damaged_spreadsheet_and_a_bomb_are_one_line(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", [HEADER, *ROWS]).read_bytes()
    content, letter = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(letter, "w") as other:
        other.writestr("[Content_Types].xml", TYPES)
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b" " * (65 * 2**20))
    damaged = (
        whole[:-400],
        whole[:2000],
        b"PK",
        b"time,sender,text\n",
        content.getvalue(),
        letter.getvalue(),
    )
    for number, data in enumerate(damaged):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            preview(path, COLUMNS)
        assert "\n" not in str(caught.value)
    with zipfile.ZipFile(io.BytesIO(whole)) as good, zipfile.ZipFile(path, "w") as bad:
        for name in good.namelist():
            sheet = name.endswith("sheet1.xml")
            bad.writestr(name, good.read(name)[:-60] if sheet else good.read(name))
    with pytest.raises(InputError, match=r"no whole \.xlsx"):
        preview(path, COLUMNS)


def test_saved_columns(tmp_path: Path) -> None:
    saved = SavedColumns(tmp_path)
    saved.save("my table", COLUMNS)
    assert SavedColumns(tmp_path).find("my table") == COLUMNS
    with pytest.raises(InputError, match="saved are my table"):
        saved.find("other")
    saved.remove("my table")
    assert saved.all() == {}
    for name in ("", "a=b", "../x", "n" * 80):
        with pytest.raises(InputError):
            saved.save(name, COLUMNS)
    for column in ("a,text=b", " a"):  # they would be read as something else
        with pytest.raises(InputError, match="can't be saved"):
            saved.save("x", COLUMNS | {"sender": column})
    (tmp_path / "columns.json").write_text("{")
    with pytest.raises(InputError, match="delete the file"):
        saved.find("my table")

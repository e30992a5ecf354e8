"""What is no export is left out and listed; what is one comes in."""

import io
import zipfile
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.detect import unknown_format
from storage.importers.file import ExportFile
from storage.importers.import_files import import_paths
from storage.importers.raw_files import zip_members
from tests.storage.importers.samples import as_json, sample_named

CHAT = "13/2/20, 14:09 - Nora: hi\n13/2/20, 14:10 - Ben: hello\n"


def folder_of(tmp_path: Path, files: dict[str, str]) -> Path:
    for name, text in {"WhatsApp Chat with Nora.txt": CHAT, **files}.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "in"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("tsconfig.json", '{\n  // ours\n  "a": 1,\n}', "broken JSON"),
        ("matrix.json", '[["x", "y", "z"], ["u", "v", "w"]]', "not a date and time"),
        ("train.json", '[{"instruction": "a", "output": "b"}]', "Alpaca"),
        ("long.json", as_json([["x", "y", "z"]] * 150), "can't be read"),
    ],
)
def test_a_shared_file_never_stops_an_export(
    db: Database, tmp_path: Path, name: str, text: str, why: str
) -> None:
    folder = folder_of(tmp_path, {f"media/{name}": text})
    report = import_paths(db, [folder], me="Ben")
    assert report.new == 2
    (problem,) = report.problems
    assert problem.path.name == name
    assert why in problem.cause


def test_an_export_that_breaks_off_still_stops_all(db: Database, tmp_path: Path) -> None:
    text = sample_named("result.json").text
    folder = folder_of(tmp_path, {"result.json": text[: len(text) * 2 // 3]})
    with pytest.raises(InputError, match="broken JSON"):
        import_paths(db, [folder], me="Ben")


def test_other_shapes_of_exports_are_listed(db: Database, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"messages.html": "<p>", "a.jpg": "x", ".x.html": ""})
    report = import_paths(db, [folder], me="Ben")
    assert [path.name for path in report.skipped] == ["messages.html"]


def test_what_was_sent_in_a_chat_of_an_iphone_is_no_chat(db: Database, tmp_path: Path) -> None:
    pasted = "2024-10-04 11:43:05 Agenda\nstart\n\n2024-10-04 12:43:05 Lunch\neat\n"
    files = {"Nora/_chat.txt": CHAT, "Nora/00000031-plan.txt": pasted}
    report = import_paths(db, [folder_of(tmp_path, files)], me="Ben")
    assert {file.format for file in report.files} == {"whatsapp"}
    assert [problem.path.name for problem in report.problems] == ["00000031-plan.txt"]


def test_a_zip_of_zips(db: Database, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("_chat.txt", CHAT)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("chats/WhatsApp Chat - Nora.zip", inner.getvalue())
        packed.writestr("chats/broken.zip", b"PK\x03\x04 no more")
    report = import_paths(db, [tmp_path / "all.zip"], me="Ben")
    assert [(file.chat, file.new) for file in report.files] == [("Nora", 2)]
    assert [problem.path.name for problem in report.problems] == ["broken.zip"]


@pytest.mark.parametrize("limit", ["MAX_INNER", "MAX_INNER_BYTES"])
def test_too_many_zips_in_a_zip(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("_chat.txt", CHAT)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("WhatsApp Chat - Nora.zip", inner.getvalue())
        packed.writestr("WhatsApp Chat - Zoe.zip", inner.getvalue())
    monkeypatch.setattr(zip_members, limit, 1 if limit == "MAX_INNER" else len(inner.getvalue()))
    report = import_paths(db, [tmp_path / "all.zip"], me="Ben")
    assert [file.chat for file in report.files] == ["Nora"]
    assert [problem.path.name for problem in report.problems] == ["WhatsApp Chat - Zoe.zip"]


@pytest.mark.parametrize(("begins", "chats"), [(True, 1), (False, 2)])
def test_a_copy_that_begins_alike_is_the_same_chat(
    db: Database, tmp_path: Path, begins: bool, chats: int
) -> None:
    rows = [["2024-10-04 11:43:05", "小明", "在吗"], ["2024-10-04 11:43:09", "我", "在"]]
    later = [*(rows if begins else []), ["2024-10-05 11:43:05", "小红", "好"], rows[1]]
    (tmp_path / "chat.json").write_text(as_json(rows), encoding="utf-8")
    (tmp_path / "chat (1).json").write_text(as_json(later), encoding="utf-8")
    assert len({file.chat for file in import_paths(db, [tmp_path]).files}) == chats


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("a.json", "[1, 2, 3]", "like none of them"),
        ("b.html", "<!doctype html><html><p>hi</p></html>", "like none of them"),
        ("c.html", '<html><div class="message default clearfix">', "likeliest are telegram-html ("),
        ("d.csv", "Date,Author,Body\n2024-10-04 11:43:05,Ann,hi\n", "likeliest are discord-csv ("),
        ("e.txt", "GIF89a\0\0\1", "no text, but a picture"),
    ],
)
def test_only_what_is_like_the_file_is_named(
    tmp_path: Path, name: str, text: str, cause: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert cause in str(unknown_format(ExportFile(path)))


@pytest.mark.parametrize(
    ("name", "text", "likeliest", "lacks"),
    [
        ("a.csv", "Time,Sender,Talker,Content\n1,2,3,4\n", "chatlog", "SenderName"),
        ("b.json", '{"session": {"id": 1}, "messages": []}', "weflow", "session.wxid"),
        ("c.txt", "[13/2/20 14h09] Nora: hi\n", "whatsapp", "12/12/19, 02:09 - Name: hi"),
    ],
)
def test_an_unknown_file_is_told_what_it_is_most_like(
    tmp_path: Path, name: str, text: str, likeliest: str, lacks: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    message = str(unknown_format(ExportFile(path)))
    assert f"the likeliest are {likeliest} (" in message
    assert lacks in message
    assert (message.count(" (it has no "), message.count("\n")) == (3, 0)

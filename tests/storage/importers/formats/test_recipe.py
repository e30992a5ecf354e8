"""The recipe's JSON."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from storage.errors import InputError
from storage.importers.file import ExportFile
from storage.importers.formats import recipe
from tests.storage.importers.samples import Sample, as_json

RECIPE = as_json([["2024-10-04 11:43:05", "小明", "在吗"], ["2024-10-04 11:43:09", "我", "在"]])

SAMPLES = (Sample("recipe.json", RECIPE, me="我"),)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_become_messages_of_the_chat_that_the_file_names(tmp_path: Path) -> None:
    rows = [["2024-10-04 11:43:05", "小明", "在吗"], ["2024-10-04 11:43:09", "我", "在\n怎么了"]]
    path = write(tmp_path / "小明.json", json.dumps(rows, ensure_ascii=False))
    first, second = recipe.read(ExportFile(path))
    local = datetime(2024, 10, 4, 11, 43, 5).astimezone()
    assert first.sent_at == int(local.timestamp() * 1000)
    assert second.sent_at - first.sent_at == 4000
    assert {first.chat_id, first.chat_name, second.chat_id} == {"小明"}
    assert (first.sender_name, first.text, first.kind) == ("小明", "在吗", "text")
    assert (second.sender_id, second.text) == ("我", "在\n怎么了")
    assert second.from_owner is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "chat.json"
    rows = [["2024-10-04 11:43:05", "小明", "你好，在吗😀"]]
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding=encoding)
    assert [message.text for message in recipe.read(ExportFile(path))] == ["你好，在吗😀"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('[["2024', True),
        (' [\n  [\n "2024', True),
        ('[{"instruction": ""', False),
        ("[]", False),
        ("id,MsgSvrID", False),
    ],
)
def test_recognized_by_content(tmp_path: Path, head: str, expected: bool) -> None:
    file = ExportFile(write(tmp_path / "any.txt", head))
    assert recipe.recognizes(file) is expected


GOOD = '["2024-10-04 11:43:05", "a", "b"]'


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        (f"[\n{GOOD},\n{GOOD}\n", 4, "broken JSON"),
        (f"[{GOOD}\n" + "[" * 1000, 2, "broken JSON"),
        (f"[{GOOD},\n" + "[" * 1000, 2, "nested deeper"),
        (f"[{GOOD},\n1e99999999999999999999]", 2, "a number that no chat"),
        (f"[{GOOD},\n{'1' * 5000}]", 2, "a number that no chat"),
        ('{"a": 1}', 1, "not a list"),
    ],
)
def test_a_broken_file_is_reported_with_the_line(
    tmp_path: Path, text: str, line: int, cause: str
) -> None:
    path = write(tmp_path / "chat.json", text)
    with pytest.raises(InputError, match=cause) as caught:
        list(recipe.read(ExportFile(path)))
    assert str(caught.value).startswith(f"{path}: line {line}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        (f"[{GOOD},\n\n {GOOD}\n, 7]", 4, "7 instead of"),
        (f'[{GOOD},\n["2024-10-04 11:43:05", "a"]]', 2, "instead of [time"),
        (f'[{GOOD},\n\n["yesterday", "a", "b"]]', 3, "time 'yesterday'"),
        (f'[{GOOD},\n["2024-13-04 11:43:05", "a", "b"]]', 2, "time '2024-13-4"),
        (f'[{GOOD},\n["2024-10-04 11:43:05", " ", "b"]]', 2, "sender is missing or blank"),
        (f'[\n{GOOD},["2024-10-04 11:43:05", "a", null]]', 2, "text is NoneType"),
    ],
)
def test_a_bad_row_is_reported_with_the_line_and_left_out(
    tmp_path: Path, text: str, line: int, cause: str
) -> None:
    file = ExportFile(write(tmp_path / "chat.json", text))
    assert {message.text for message in recipe.read(file)} == {"b"}
    (problem,) = file.problems
    assert problem.line == line
    assert cause in problem.cause


def test_too_many_bad_rows_are_a_broken_file(tmp_path: Path) -> None:
    path = write(tmp_path / "chat.json", "[" + GOOD + ",\n7" * 3 + "]")
    assert len(list(recipe.read(ExportFile(path, max_bad_rows=3)))) == 1
    with pytest.raises(InputError, match=r"row 3 that can't be read.*max_bad_rows = 2"):
        list(recipe.read(ExportFile(path, max_bad_rows=2)))

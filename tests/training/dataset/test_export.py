"""What LLaMA-Factory 0.9.5 asks of a file and of its entry, in the words of its own converters."""

import json
from pathlib import Path
from typing import Any

import pytest

from storage.errors import InputError
from training.dataset.export import Export
from training.dataset.samples import Sample

SAID = (("hi", "hello"), ("you?", "fine\nand you"), ("", "morning"), ("bye", "see you"))
# Of two conversations; what the owner said unasked, at 2, is no answer to learn.
ROWS = [
    *(Sample("be Sam", *SAID[at], history=SAID[:at], chat_id=1, position=at) for at in (0, 1, 3)),
    Sample("be Sam", "你好", "在", chat_id=2),
]
RECIPE = [Sample("be Sam", "hi", "hello"), Sample("be Sam", "again", "yes", conversation=1)]
Turns = list[tuple[str, str]]


def written(folder: Path, rows: list[Sample], format: str) -> tuple[dict[str, Any], list[Any]]:
    """The file's entry and its rows."""
    path = folder / "mine.json"
    Export(path, format).write(rows)
    info = json.loads((folder / "dataset_info.json").read_bytes().decode("ascii"))
    assert info["mine"]["file_name"] == "mine.json"
    return info["mine"], json.loads(path.read_text(encoding="utf-8"))


def as_alpaca(entry: dict[str, Any], row: dict[str, Any]) -> tuple[str, Turns]:
    """(system, turns) as AlpacaDatasetConverter reads a row; columns not named are not there."""
    columns = entry["columns"]
    turns = []
    for asked, answered in row[columns["history"]] if "history" in columns else []:
        turns += [("human", asked), ("gpt", answered)]
    asked = "\n".join(row[columns[name]] for name in ("prompt", "query") if row[columns[name]])
    turns += [("human", asked), ("gpt", row[columns["response"]])]
    return row[columns["system"]] if "system" in columns else "", turns


def as_sharegpt(entry: dict[str, Any], row: dict[str, Any]) -> tuple[str, Turns]:
    """The same as SharegptDatasetConverter reads it, with the tags that it takes by default."""
    assert entry["formatting"] == "sharegpt"
    turns = row[entry["columns"]["messages"]]
    return row[entry["columns"]["system"]], [(turn["from"], turn["value"]) for turn in turns]


@pytest.mark.parametrize(("format", "read"), [("alpaca", as_alpaca), ("sharegpt", as_sharegpt)])
def test_each_answer_is_a_turn_to_learn_once(tmp_path: Path, format: str, read: Any) -> None:
    entry, rows = written(tmp_path, ROWS, format)
    found = [read(entry, row) for row in rows]
    assert [system for system, _ in found] == ["be Sam"] * 3
    for _, turns in found:
        assert [who for who, _ in turns] == ["human", "gpt"] * (len(turns) // 2)
        assert all(words.strip() for _, words in turns)
    learnt = [words for _, turns in found for who, words in turns if who == "gpt"]
    assert learnt == ["hello", "fine\nand you", "see you", "在"]


def test_without_a_conversation_alpaca_is_the_recipe_s(tmp_path: Path) -> None:
    entry, rows = written(tmp_path, RECIPE, "alpaca")
    assert entry["columns"] == {"prompt": "instruction", "query": "input", "response": "output"}
    assert as_alpaca(entry, rows[0]) == ("", [("human", "be Sam\nhi"), ("gpt", "hello")])


def test_a_row_names_every_column_that_its_entry_names(tmp_path: Path) -> None:
    for format in ("alpaca", "sharegpt"):
        entry, rows = written(tmp_path, ROWS, format)
        assert all(set(entry["columns"].values()) == set(row) for row in rows)


def test_other_entries_stay_and_the_own_one_follows_the_format(tmp_path: Path) -> None:
    info = tmp_path / "dataset_info.json"
    other = {"hf_hub_url": "a/b", "columns": {"prompt": "问"}}
    info.write_text(json.dumps({"other": other}), encoding="utf-8")
    written(tmp_path, ROWS, "alpaca")
    entry, _ = written(tmp_path, ROWS, "sharegpt")
    assert json.loads(info.read_bytes()) == {"other": other, "mine": entry}
    assert {path.name for path in tmp_path.iterdir()} == {"mine.json", "dataset_info.json"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not valid JSON"),
        ("[]", "not an object"),
        ('{"mine": {"hf_hub_url": "a/b"}}', "another dataset's name"),
        ('{"mine": 3}', "another dataset's name"),
    ],
)
def test_a_broken_dataset_info_is_refused_and_stays(
    tmp_path: Path, content: str, says: str
) -> None:
    info = tmp_path / "dataset_info.json"
    info.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=says) as caught:
        Export(tmp_path / "mine.json", "alpaca")
    assert "\n" not in str(caught.value)
    assert info.read_text(encoding="utf-8") == content


@pytest.mark.parametrize(
    "name", ["mine", "mine.JSON", "mine.jsonl", "dataset_info.json", "a,b.json"]
)
def test_a_name_that_would_not_be_found_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"ends in \.json"):
        Export(tmp_path / name, "alpaca")


def test_an_unknown_format_and_no_answers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'csv'.*alpaca, sharegpt"):
        Export(tmp_path / "mine.json", "csv")
    for format in ("alpaca", "sharegpt"):
        with pytest.raises(InputError, match="no answer"):
            Export(tmp_path / "mine.json", format).write([])
    assert not list(tmp_path.iterdir())

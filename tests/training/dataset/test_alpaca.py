import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.errors import InputError
from training.dataset.alpaca import MOST_IN_ROW, read_alpaca, whole_rows, write_alpaca
from training.dataset.build import build, build_from_alpaca
from training.dataset.samples import Sample
from twin.config.schema import Config


def test_classic_rows_are_the_recipe_s(chats: Database, config: Config, tmp_path: Path) -> None:
    rows = build(chats, config.with_rules("classic")).held_out
    path = tmp_path / "deep" / "alpaca.json"
    write_alpaca(rows, path)
    assert list(json.loads(path.read_text(encoding="utf-8"))[0]) == [
        "instruction",
        "input",
        "output",
    ]
    assert [row.output for row in read_alpaca(path, config)] == [row.output for row in rows]


def test_a_conversation_goes_out_as_one_row_and_comes_back_as_its_answers(
    config: Config, tmp_path: Path
) -> None:
    said = (("hi", "hello"), ("you?", "fine"))
    rows = [
        Sample("be Sam", "hi", "hello", (), 1, 0, 0),
        Sample("be Sam", "you?", "fine", said[:1], 1, 0, 1),
        Sample("be Sam", "bye", "see you", said, 1, 0, 2),
    ]
    path = tmp_path / "alpaca.json"
    write_alpaca(rows, path)
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {
            "instruction": "bye",
            "input": "",
            "output": "see you",
            "system": "be Sam",
            "history": [["hi", "hello"], ["you?", "fine"]],
        }
    ]
    read = read_alpaca(path, config)
    assert [(r.instruction, r.input, r.output, r.history) for r in read] == [
        (r.instruction, r.input, r.output, r.history) for r in rows
    ]


conversations = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 25)), unique=True)


@given(conversations)
def test_every_answer_goes_out_once_and_never_across_a_gap(places: list[tuple[int, int]]) -> None:
    rows = [
        Sample("be Sam", f"in {chat} {at}", f"out {chat} {at}", (("a", "b"),), chat, 0, at)
        for chat, at in places
    ]
    wholes = [said for _, said in whole_rows(rows)]
    assert sorted(pair for said in wholes for pair in said) == sorted(
        (row.input, row.output) for row in rows
    )
    for said in wholes:
        assert len(said) <= MOST_IN_ROW
        found = [tuple(map(int, asked.split()[1:])) for asked, _ in said]
        assert found == [(found[0][0], found[0][1] + step) for step in range(len(found))]


def test_lines_and_rows_without_input_are_read(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    line = json.dumps({"instruction": "你是谁", "output": "\ud83d?"})
    path.write_text(f"{line}\n\n{line}\n", encoding="utf-8-sig")
    [row, _] = build_from_alpaca(path, config).train
    assert (row.input, row.output) == ("你是谁", "??")
    assert "Sam" in row.instruction


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"[{]", "not valid JSON"),
        (b'{"instruction": "a", "output": "b"}\n{', "line 2"),
        ('[{"instruction": "你好"}]'.encode("gb18030"), "not UTF-8"),
        (b'[{"instruction": "a"}]', "row 1 has no text 'output'"),
        (b'[{"instruction": "a", "output": " "}]', "row 1 is blank"),
        (b"[3]", "row 1 is not an object"),
        (b'[{"instruction": "a", "output": "b", "history": [["c"]]}]', "row 1: its history"),
        (b'[{"instruction": "a", "output": "b", "history": "c"}]', "row 1: its history"),
    ],
)
def test_a_bad_file_is_refused(config: Config, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_alpaca(path, config)
    with pytest.raises(InputError, match="can't be read"):
        read_alpaca(tmp_path / "none.json", config)

import json
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.errors import InputError
from storage.messages import NewMessage, log_message
from training.dataset import NOT_NEWEST, build, build_from_alpaca, encode, read_alpaca, write_alpaca
from twin.config import Config
from twin.engine.model import load_tokenizer
from twin.prompts import ChatTemplateFormat


def accounted(report: dict[str, int | dict[str, int]]) -> bool:
    dropped = report["dropped"]
    assert isinstance(dropped, dict)
    total = report["input"], report["output"], sum(dropped.values())
    return sum(n for n in total if isinstance(n, int)) == report["messages"]


def with_rules(config: Config, **rules: object) -> Config:
    return config.model_copy(update={"dataset": config.dataset.model_copy(update=rules)})


def test_the_newest_pairs_of_all_chats_are_held_out(chats: Database, config: Config) -> None:
    built = build(chats, config)
    assert (len(built.train), len(built.held_out)) == (36, 4)
    assert [row["input"] for row in built.held_out] == [
        "hello Ann 18",
        "hello Ben 18",
        "hello Ann 19",
        "hello Ben 19",
    ]
    assert built.report["chats"] == 2
    assert accounted(built.report)
    assert "Sam" in built.held_out[0]["instruction"]


def test_a_pair_is_never_made_across_two_chats(db: Database, config: Config) -> None:
    one, other = (upsert_chat(db, "test", name, name) for name in ("one", "other"))
    log_message(db, NewMessage(one.id, "peer", "are you there", 1000))
    log_message(db, NewMessage(other.id, "owner", "yes", 2000))
    built = build(db, config)
    assert built.report["pairs"] == 0
    assert accounted(built.report)


def test_max_samples_keeps_the_newest_and_says_so(chats: Database, config: Config) -> None:
    built = build(chats, with_rules(config, max_samples=10))
    assert (len(built.train), len(built.held_out)) == (9, 1)
    assert built.report["dropped"][NOT_NEWEST] == 60
    assert accounted(built.report)


def test_the_hash_tells_datasets_apart(chats: Database, config: Config) -> None:
    before = build(chats, config).hash
    assert build(chats, config).hash == before
    chats.execute("UPDATE messages SET text = 'no' WHERE id = 2")
    assert build(chats, config).hash != before


def test_alpaca_goes_out_and_comes_back(chats: Database, config: Config, tmp_path: Path) -> None:
    rows = build(chats, config).held_out
    path = tmp_path / "deep" / "alpaca.json"
    write_alpaca(rows, path)
    assert list(json.loads(path.read_text(encoding="utf-8"))[0]) == [
        "instruction",
        "input",
        "output",
    ]
    assert [row["output"] for row in read_alpaca(path)] == [row["output"] for row in rows]


def test_alpaca_lines_and_rows_without_input_are_read(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    line = json.dumps({"instruction": "你是谁", "output": "\ud83d?"})
    path.write_text(f"{line}\n\n{line}\n", encoding="utf-8-sig")
    [row, _] = build_from_alpaca(path, config).train
    fmt = ChatTemplateFormat(load_tokenizer(config))
    asked = load_tokenizer(config).decode(encode(row, config, fmt)["input_ids"])
    assert "user\n你是谁<|im_end|>" in asked
    assert "Sam" in asked


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
    ],
)
def test_a_bad_alpaca_file_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_alpaca(path)
    with pytest.raises(InputError, match="can't be read"):
        read_alpaca(tmp_path / "none.json")


def test_a_long_prompt_leaves_room_for_the_answer_and_its_stop_token(config: Config) -> None:
    fmt = ChatTemplateFormat(load_tokenizer(config))
    row = {"instruction": "be Sam", "input": "word " * 2000, "output": "ok", "chat_id": 1}
    sample = encode({**row, "answered_at": 0, "weight": 1.0}, config, fmt)  # type: ignore[typeddict-item]
    assert sample["length"] <= config.train.max_tokens
    assert sample["labels"][-1] == fmt.stop_ids[0]

"""ShareGPT's and OpenAI's files: who said what, which answers are learnt, what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import InputError
from training.dataset.alpaca import read_alpaca, write_alpaca
from training.dataset.build import build_from_alpaca
from training.dataset.export import sharegpt
from training.dataset.samples import Sample
from twin.config.schema import Config

Said = tuple[str, str, list[tuple[str, str]]]  # asked, answered, what was said before


def turns(*said: str) -> list[dict[str, Any]]:
    """`human: hi` and so on, as ShareGPT has them."""
    pairs = (turn.split(": ", 1) for turn in said)
    return [{"from": who, "value": words} for who, words in pairs]


def messages(*said: str) -> list[dict[str, Any]]:
    return [{"role": turn["from"], "content": turn["value"]} for turn in turns(*said)]


def samples(config: Config, path: Path, *rows: Any) -> list[Sample]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read_alpaca(path, config)


def said(samples: list[Sample]) -> list[Said]:
    return [(each.input, each.output, list(each.history)) for each in samples]


TALK: tuple[Said, Said] = ("hi", "hello", []), ("you?", "fine", [("hi", "hello")])
SHAREGPT = ("system: be Sam", "human: hi", "gpt: hello", "human: you?", "gpt: fine")
CHATGPT = ("system: be Sam", "user: hi", "chatgpt: hello", "user: you?", "Assistant: fine")


@pytest.mark.parametrize(
    "row",
    [
        {"id": "x_0", "conversations": turns(*SHAREGPT)},
        {"conversations": turns(*CHATGPT)},
        {"system": "be Sam", "conversations": turns(*SHAREGPT[1:])},
        {"messages": messages(*CHATGPT[:2], "assistant: hello", *CHATGPT[3:])},
        {"conversations": messages("developer: be Sam", *CHATGPT[1:]), "tools": "[]"},
    ],
)
def test_every_answer_is_learnt_with_what_was_said_before(
    config: Config, tmp_path: Path, row: dict[str, Any]
) -> None:
    lines = samples(config, tmp_path / "some.txt", row, row)
    assert said(lines) == [*TALK, *TALK]
    assert {each.instruction for each in lines} == {"be Sam"}
    assert [(each.conversation, each.position) for each in lines] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]
    for text in (json.dumps([row, row]), json.dumps([row, row], indent=1)):
        (tmp_path / "list.json").write_text(text, encoding="utf-8-sig")
        assert read_alpaca(tmp_path / "list.json", config) == lines
    pretty = json.dumps(row, indent=2)
    for text in (pretty, pretty.replace("{\n", "{", 1), pretty.replace("\n", "\r\n")):
        (tmp_path / "one.json").write_bytes(text.encode())
        assert said(read_alpaca(tmp_path / "one.json", config)) == [*TALK]


def test_content_in_parts_and_weights(config: Config, tmp_path: Path) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aaaa"}}
    row = {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "this?"}, picture]},
            {"role": "assistant", "content": [{"type": "text", "text": "a cat"}], "weight": 1},
            {"role": "user", "content": [picture]},
            {"role": "assistant", "content": "a dog"},
            {"role": "user", "content": "sure?"},
            {"role": "assistant", "content": "no", "weight": 0},
            {"role": "user", "content": "and now?"},
            {"role": "assistant", "content": "yes", "weight": 1.0},
        ]
    }
    past = [("this?", "a cat"), ("", "a dog"), ("sure?", "no")]
    found = samples(config, tmp_path / "a.jsonl", row)
    assert said(found) == [("this?", "a cat", []), ("and now?", "yes", past)]
    assert "Sam" in found[0].instruction  # the owner's persona, where the row has no system
    assert [each.position for each in found] == [0, 3]


def test_what_a_tool_says_is_nobody_s_words(config: Config, tmp_path: Path) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "w", "arguments": "{}"}}
    openai = {
        "messages": [
            {"role": "user", "content": "rain?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": '{"rain": true}'},
            {"role": "assistant", "content": "yes"},
            *messages("user: oh", "assistant: bring a coat"),
        ]
    }
    sharegpt = {
        "conversations": turns(
            *("human: rain?", "function_call: w()", 'observation: {"rain": true}', "gpt: yes"),
            *("human: oh", "gpt: bring a coat"),
        )
    }
    for row in (openai, sharegpt):
        found = samples(config, tmp_path / "a.jsonl", row)
        assert said(found) == [("oh", "bring a coat", [("rain?", "yes")])]


def test_who_speaks_twice_or_first_or_last(config: Config, tmp_path: Path) -> None:
    row = turns(
        *("gpt: up?", "human: yes", "human: why?", "gpt: so", "gpt: come over", "human: ok"),
        *("system: be brief", "gpt: now", "human: coming"),
    )
    found = samples(config, tmp_path / "a.jsonl", {"conversations": row})
    opening, second = ("", "up?"), ("yes\nwhy?", "so\ncome over")
    assert said(found) == [(*second, [opening]), ("ok", "now", [opening, second])]
    assert found[1].instruction == "be brief"
    assert found[0].conversation != found[1].conversation


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=2, max_size=20))
def test_what_is_written_is_read_again(config: Config, tmp_path: Path, words: list[str]) -> None:
    past = [(f"q{at}", word.replace("\ud800", "")) for at, word in enumerate(words)]
    most = config.dataset.context_turns
    rows = [
        Sample("be Sam", asked, answered, tuple(past[max(0, at - most) : at]), 0, 0, at)
        for at, (asked, answered) in enumerate(past)
    ]
    path = tmp_path / "talk.json"
    path.write_text(json.dumps(sharegpt(rows)), encoding="utf-8")
    write_alpaca(rows, tmp_path / "alpaca.json")
    for file in (path, tmp_path / "alpaca.json"):
        assert [(each.input, each.output) for each in read_alpaca(file, config)] == past
    whole = {"conversations": [turn for row in sharegpt(rows) for turn in row["conversations"]]}
    assert said(samples(config, path, whole)) == said(rows)


def test_the_newest_are_kept(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    few = config.model_copy(
        update={"dataset": config.dataset.model_copy(update={"max_samples": 3})}
    )
    row = {
        "messages": messages(*(f"{who}: {n}" for n in range(9) for who in ("user", "assistant")))
    }
    samples(config, path, row, row)
    built = build_from_alpaca(path, few)
    assert [each.output for each in (*built.train, *built.held_out)] == ["6", "7", "8"]


OK = json.dumps({"messages": messages("user: a", "assistant: b")})


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"conversations": turns("human: a")}, "line 3: row 2 has no answer"),
        ({"messages": []}, "line 3: row 2: its turns are no list"),
        ({"messages": "hi"}, "row 2: its turns are no list"),
        ({"messages": ["hi"]}, "row 2: its turn 1 is not an object"),
        ({"conversations": turns("narrator: a")}, "turn 1 is of 'narrator'.*human or user"),
        ({"messages": [{"content": "a"}]}, "turn 1 is of nobody"),
        ({"messages": [{"role": "user"}]}, "turn 1 has no text"),
        ({"messages": [{"role": "user", "content": 3}]}, "turn 1 has no text"),
        ({"messages": [{"role": "user", "content": [{"text": "a"}]}]}, "turn 1 has no text"),
        ({"messages": [*messages("user: a"), {"role": "assistant"}]}, "turn 2 has no text"),
        (
            {"messages": [{"role": "assistant", "content": "a", "weight": 0.5}]},
            "turn 1 has the weight 0.5; give 0 or 1",
        ),
        ({"prompt": "a", "completion": "b"}, "no text 'instruction'.*conversations or messages"),
        ({"title": "x", "mapping": {}}, "ChatGPT's own export.*an assistant's words and not yours"),
        ({"uuid": "x", "chat_messages": []}, "Claude's own export"),
    ],
)
def test_a_bad_row_is_one_line(
    config: Config, tmp_path: Path, row: dict[str, Any], says: str
) -> None:
    path = tmp_path / "bad.jsonl"
    for text in (f"{OK}\n\n{json.dumps(row)}\n", f"[{OK},\n\n{json.dumps(row)}]"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=says) as caught:
            read_alpaca(path, config)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (OK.encode() + b"\n\xff", f"not UTF-8 .byte {len(OK) + 1}"),
        (OK.encode() + b'\n{"messages"', "line 2 is not valid JSON"),
        (b"[" + OK.encode() + b",\n" + OK.encode(), "line 2: not valid JSON"),
        (b"[" * 5000, "nested deeper"),
        (b'{"a":' * 50000, "nested too deep|not valid JSON"),
        (OK.replace('"b"', '"b", "weight": 0').encode(), "no answer to learn in it"),
        (b"[]", "empty"),
    ],
)
def test_a_bad_file_is_one_line(config: Config, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        read_alpaca(path, config)
    assert "\n" not in str(caught.value)

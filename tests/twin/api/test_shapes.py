"""Every shape of a request that OpenAI's clients send: its words are used, the rest is left out."""

import json
from typing import Any

import pytest

from tests.twin.api.asking import ask
from tests.twin.api.serving import Stage
from twin.api.completion_request import LEFT_OUT, read_request

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}
FILE = {"type": "file", "file": {"file_id": "file-1"}}
REFUSAL = {"type": "refusal", "refusal": "no"}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def user(content: object, **more: object) -> dict[str, object]:
    return {"role": "user", "content": content, **more}


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ("look", "look"),
        ([text("look")], "look"),
        ([text("look"), PICTURE, text("here")], "look\nhere"),
        ([SOUND, FILE, {"type": "video_url", "video_url": {}}, text("hear")], "hear"),
        (["plain", text("parts")], "plain\nparts"),
        ([{"type": "input_text", "text": "hi", "annotations": []}], "hi"),
        ("half \ud83d an emoji\0", "half  an emoji"),
        ([text("a\r\nb")], "a\nb"),
        (" a ", "a"),
        (" \u200b ", ""),
        ([text("\u2060"), PICTURE], ""),
    ],
)
def test_the_words_of_a_message_are_read(content: object, read: str) -> None:
    body = {"model": "twin", "messages": [user(content, name="Ann")]}
    [message] = read_request(json.dumps(body).encode())[0].messages
    assert message.content == read


async def test_steps_with_tools_are_left_out(stage: Stage) -> None:
    messages: list[Any] = [
        {"role": "developer", "content": [text("be short")]},
        user("weather?"),
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": [text("sunny")]},
        {"role": "assistant", "content": "sunny", "refusal": None, "audio": {"id": "a"}},
        {"role": "assistant", "content": [REFUSAL]},
        user("sure?"),
        {"role": "assistant", "content": "I look", "function_call": {"name": "f"}},
        {"role": "function", "name": "f", "content": None},
    ]
    await ask(stage, messages=messages)
    [turns] = stage.engine.asked
    assert turns[0]["content"].endswith("\n\nbe short")
    assert [turn["content"] for turn in turns[1:]] == ["weather?", "sunny", "sure?"]


async def test_without_words_there_is_nothing_to_answer(stage: Stage) -> None:
    past = [user("hi"), {"role": "assistant", "content": "hello"}]
    for content in (None, "", [], [PICTURE], " \u200b ", [text("")]):
        answer = await ask(stage, messages=[*past, user(content)])
        assert answer.choices[0].message.content == ""
        assert "no words" in (answer.choices[0].message.refusal or "")
        assert stage.engine.asked == []
    # In a burst the words beside it are what is answered.
    await ask(stage, messages=[user("look"), user([PICTURE])])
    assert stage.engine.asked[0][-1]["content"] == "look"


MORE: dict[str, Any] = {
    "audio": {"voice": "alloy", "format": "mp3"},
    "frequency_penalty": 0.5,
    "function_call": {"name": "f"},
    "functions": [{"name": "f"}],
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "modalities": ["text", "audio"],
    "n": 3,
    "prediction": {"type": "content", "content": "x"},
    "presence_penalty": -0.5,
    "reasoning_effort": "low",
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}},
    "tool_choice": "required",
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
    "top_logprobs": 5,
    "verbosity": "low",
    "web_search_options": {"search_context_size": "low"},
}
NEVER_TOLD: dict[str, Any] = {
    "metadata": {"a": "b"},
    "parallel_tool_calls": True,
    "prompt_cache_key": "x",
    "safety_identifier": "x",
    "service_tier": "auto",
    "store": True,
    "user": "ann",
}


async def test_what_cannot_be_used_is_left_out_and_named(stage: Stage) -> None:
    assert set(MORE) == set(LEFT_OUT)
    body = {"model": "twin", "messages": [user("hi")], **MORE, **NEVER_TOLD}
    async with stage.client(stage.chat_key) as http:
        answer = await http.post("/v1/chat/completions", json=body)
        streamed = await http.post("/v1/chat/completions", json=body | {"stream": True})
    assert answer.headers["twin-left-out"] == ", ".join(sorted(MORE))
    assert streamed.headers["twin-left-out"] == ", ".join(sorted(MORE))
    assert len(answer.json()["choices"]) == 1
    assert answer.json()["choices"][0]["logprobs"] is None


async def test_what_asks_for_nothing_is_not_named(stage: Stage) -> None:
    names = [*LEFT_OUT, *NEVER_TOLD, "temperature", "top_p", "max_tokens", "stop", "seed"]
    names += ["stream", "stream_options", "max_completion_tokens"]
    nothing = dict.fromkeys(names)
    usual = {name: harmless[0] for name, harmless in LEFT_OUT.items() if harmless}
    empty: dict[str, Any] = {"tools": [], "stop": [], "stream_options": {}}
    async with stage.client(stage.chat_key) as http:
        for more in (nothing, usual, empty):
            body = {"model": "twin", "messages": [user("hi")], **more}
            answer = await http.post("/v1/chat/completions", json=body)
            assert answer.status_code == 200
            assert "twin-left-out" not in answer.headers


@pytest.mark.parametrize(
    ("stop", "read"),
    [(None, []), ([], []), ("", []), ("a", ["a"]), (["a", "", "b"], ["a", "b"]), ("\ud800", [])],
)
def test_stop_words(stop: object, read: list[str]) -> None:
    body = {"model": "twin", "messages": [user("hi")], "stop": stop}
    assert read_request(json.dumps(body).encode())[0].stop == read

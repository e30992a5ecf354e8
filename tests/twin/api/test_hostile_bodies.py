"""Whatever a holder of a key sends: an answer or one clear line, never a 500.

TWIN_EXAMPLES=2000 tries as many values for each of the two kinds of requests.
"""

import asyncio
import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision
from storage.plain_text import sendable
from tests.twin.api.serving import Stage, stage_in
from twin.api.app import add_api
from twin.api.completion_request import LEFT_OUT, CompletionRequest, RequestMessage

pytestmark = pytest.mark.server

CHAT = "/v1/chat/completions"
ASKED = b'"messages": [{"role": "user", "content": "hi"}]'
JSON = "application/json"
EXAMPLES = int(os.environ.get("TWIN_EXAMPLES", "40"))


@dataclass
class Api:
    """The API in this process; a request that raises is a 500."""

    stage: Stage
    http: httpx.AsyncClient
    runner: asyncio.Runner

    def send(self, method: str, path: str, body: bytes, **headers: str) -> httpx.Response:
        sent = {"Content-Type": JSON} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.runner.run(self.http.request(method, path, content=body, headers=sent))


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    stage = stage_in(tmp_path_factory.mktemp("api"), requests_per_minute=10**9)
    chat = upsert_chat(stage.context.db, "fake", "ann", "Ann").id
    asked = log_message(stage.context.db, NewMessage(chat, "peer", "coming?", 1))
    assert asked is not None
    record_decision(stage.context.db, chat, asked, "mode is draft", ["sure"], state="draft")
    app = FastAPI()
    add_api(app, stage.context)
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {stage.manage_key}"},
    )
    with asyncio.Runner() as runner:
        yield Api(stage, http, runner)
        runner.run(http.aclose())
    stage.context.db.close()


def is_clear(answer: httpx.Response) -> bool:
    """Whether it is an answer, or one line that says what is wrong."""
    body: Any = answer.json()
    if answer.status_code == 200:
        return "error" not in body
    error = body["error"]
    line = error if isinstance(error, str) else error["message"]
    return 400 <= answer.status_code < 500 and 0 < len(line) <= 500 and line == sendable(line)


RAW = {
    "nothing": b"",
    "no object": b"[]",
    "null": b"null",
    "trailing": b'{"model": "twin", ' + ASKED + b"} and so on",
    "two": b"{}{}",
    "deep": b'{"model": "twin", "messages": ' + b"[" * 99_999,
    "deep elsewhere": b'{"model": "twin", ' + ASKED + b', "tools": ' + b"[" * 99_999,
    "deep and closed": b'{"model": "twin", "messages": ' + b"[" * 9_999 + b"]" * 9_999 + b"}",
    "huge number": b'{"model": "twin", ' + ASKED + b', "seed": ' + b"9" * 9_999 + b"}",
    "huge exponent": b'{"model": "twin", ' + ASKED + b', "temperature": 1e999}',
    "not a number": b'{"model": "twin", ' + ASKED + b', "temperature": NaN}',
    "no UTF-8": b'{"model": "\xff\xfe"}',
    "NUL": b"\0" * 99,
    "many faults": b'{"model": "twin", "messages": [' + b"1," * 99_999 + b"1]}",
    "many parts": b'{"model": "twin", "messages": [{"role": "user", "content": ['
    + b'"a",' * 50_000
    + b'"a"]}]}',
    "over the limit": b" " * 300_000,
}


@pytest.mark.parametrize("body", RAW.values(), ids=RAW)
def test_no_body_breaks_it(api: Api, body: bytes) -> None:
    for method, path in (("POST", CHAT), ("PATCH", "/api/chats/1"), ("POST", "/api/pause")):
        assert is_clear(api.send(method, path, body)), path


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": ""}, 200),
        ({"Content_Type": "text/plain"}, 200),
        ({"Content_Type": "application/json; charset=klingon"}, 200),
        ({"Content_Encoding": "gzip"}, 415),
        ({"Content_Encoding": "gzip, br"}, 415),
        ({"Content_Encoding": "identity"}, 200),
    ],
)
def test_no_header_breaks_it(api: Api, headers: dict[str, str], status: int) -> None:
    body = b'{"model": "twin", ' + ASKED + b"}"
    answer = api.send("POST", CHAT, gzip.compress(body) if status == 415 else body, **headers)
    assert answer.status_code == status
    assert is_clear(answer)


def test_a_body_of_another_kind_is_told(api: Api) -> None:
    form = api.send("PATCH", "/api/chats/1", b'{"mode": "log"}', Content_Type="application/x-form")
    for answer in (form, api.send("POST", CHAT, b"[]"), api.send("POST", "/api/pause", b"5")):
        assert "must be an object in JSON (Content-Type: application/json)" in answer.text


def test_the_last_of_two_values_counts(api: Api) -> None:
    body = b'{"model": "no such", "model": "twin", ' + ASKED + b"}"
    assert api.send("POST", CHAT, body).json()["model"] == "twin"


anything_in_text = st.text(st.characters(exclude_categories=()), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | anything_in_text
    | st.sampled_from(["user", "assistant", "tool", "text", "twin", "hi", 10**4000]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(anything_in_text | st.sampled_from(["type", "text", "role"]), inner)
    ),
    max_leaves=6,
)
parts = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url", "refusal", "input_audio"]) | values},
    optional={"text": anything_in_text | values},
)
messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool"]) | values},
    optional={
        "content": anything_in_text | st.lists(parts | values, max_size=3) | values,
        **{name: values for name in RequestMessage.model_fields if name not in ("role", "content")},
    },
)
FIELDS = [*CompletionRequest.model_fields, *LEFT_OUT]
requests = st.fixed_dictionaries(
    {"model": st.just("twin") | values, "messages": st.lists(messages, max_size=3) | values},
    optional={name: values for name in FIELDS if name not in ("model", "messages", "stream")},
)


@settings(max_examples=EXAMPLES)
@given(body=requests | values)
def test_no_value_breaks_a_completion(api: Api, body: object) -> None:
    assert is_clear(api.send("POST", CHAT, json.dumps(body).encode()))


REST = [
    ("PATCH", "/api/chats/1", ("mode", "note")),
    ("POST", "/api/people", ("chats", "note")),
    ("POST", "/api/facts", ("text", "kind", "chat")),
    ("PATCH", "/api/facts/1", ("text", "valid_from", "valid_until")),
    ("POST", "/api/facts/1/release", ("chats",)),
    ("POST", "/api/pause", ("minutes",)),
    ("POST", "/api/chats/1/pause", ("minutes",)),
    ("POST", "/api/drafts/1/edit", ("text",)),
]


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_no_value_breaks_the_rest_api(api: Api, data: st.DataObject) -> None:
    method, path, names = data.draw(st.sampled_from(REST))
    fields = st.dictionaries(st.sampled_from(names) | anything_in_text, values, max_size=3)
    assert is_clear(api.send(method, path, json.dumps(data.draw(fields)).encode()))

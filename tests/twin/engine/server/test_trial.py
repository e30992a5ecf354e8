"""What doctor says of the server."""

import asyncio
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.adapters import live_adapter, promote
from tests.registry import enter_adapter
from tests.twin.engine.server.conftest import asks
from tests.twin.engine.server.fake_vllm import FakeVllm
from twin.config.schema import Config
from twin.diagnostics.findings import Check
from twin.diagnostics.server_check import check_server
from twin.playground import ModelChat


async def look(config: Config, db: Database, server: str, **settings: object) -> Check:
    return await asyncio.to_thread(check_server, asks(config, server, **settings), db)


@pytest.fixture
def live(db: Database, adapter: Path) -> str:
    """The adapter in the folder of the database is live."""
    enter_adapter(db, adapter.name, path=str(adapter), rules="sessions")
    promote(db, adapter.name)
    return adapter.name


async def test_a_server_that_answers_as_the_twin(
    vllm: FakeVllm, config: Config, db: Database, live: str
) -> None:
    found = await look(config, db, vllm.url)
    assert (found.verdict, found.found) == (
        "ok",
        f"{vllm.url}: vllm, model base-at-server, prompts as tokens, with the adapter a1",
    )
    assert [body["max_tokens"] for body in vllm.asked] == [1]
    assert next(iter(vllm.loaded)).endswith("-a1")
    none = await look(config, db, "")
    assert (none.verdict, none.found) == ("ok", "none: this program answers")


async def test_each_trouble_is_a_line(
    vllm: FakeVllm, config: Config, db: Database, live: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        await look(config, db, vllm.url, adapters_at="/not/there"),
        await look(config, db, vllm.url, model="another"),
        await look(config, db, "http://8.8.8.8"),
        await look(config, db, "http://127.0.0.1:1"),
    ]
    vllm.key = "s3cret"
    found.append(await look(config, db, vllm.url))
    tokenizer, vllm.key = vllm.tokenizer, ""
    monkeypatch.setattr(tokenizer, "encode", lambda *_, **__: [1, 2, 3])
    found.append(await look(config, db, vllm.url))
    assert [(each.code, each.verdict) for each in found] == [
        ("server_without_adapter", "warn"),
        *[("server_fails", "fail")] * 4,
        ("server_of_other_base", "warn"),
    ]
    told = [each.found for each in found]
    for words, line in zip(
        (
            "adapter",
            "no model another",
            "unencrypted",
            "can't be reached",
            "refuses the key",
            "base",
        ),
        told,
        strict=True,
    ):
        assert words in line
        assert "\n" not in line


async def test_the_terminal_chats_with_what_answers(
    vllm: FakeVllm, config: Config, db: Database, live: str
) -> None:
    chat = await asyncio.to_thread(ModelChat, asks(config, vllm.url), live_adapter(db))
    said = [(await asyncio.to_thread(chat.reply, text)).text for text in ("hi", "and you?")]
    assert [text.partition(":")[2] for text in said] == ["hi", "and you?"]
    shown = vllm.tokenizer.decode(vllm.asked[1]["prompt"])
    assert shown.count("a1:hi") == 1  # its own answer is in the history
    assert vllm.unloaded == []

"""How likely a server finds given tokens, and what is no answer to that."""

import asyncio
import json
from pathlib import Path

import pytest

from storage.errors import TwinError
from tests.twin.engine.server.conftest import MakeEngine, asks
from tests.twin.engine.server.fake_vllm import FakeVllm, fails, gives, refuses
from twin.config.schema import Config
from twin.engine.base import NotScored
from twin.engine.server.kinds import ABILITIES
from twin.engine.server.scoring import SCORING
from twin.engine.server.served_model import ServedModel

IDS, BEGIN = [5, 9, 11, 4, 7], 3


def test_what_is_declared_is_what_can_be_asked() -> None:
    assert {kind for kind, abilities in ABILITIES.items() if abilities.scores} == set(SCORING)


async def test_each_kind_tells_it_of_the_tokens_from_a_place_on(
    server: FakeVllm, make: MakeEngine, adapter: Path
) -> None:
    engine = make(server.url)
    await engine.start()
    by_base = server.log_probs(server.model, IDS)
    assert await engine.log_probs(IDS, BEGIN) == by_base[2:]
    assert await engine.log_probs(IDS, 1) == by_base
    await engine.load("a1", adapter)
    [name] = server.loaded
    assert await engine.log_probs(IDS, 1) == server.log_probs(name, IDS) != by_base


async def test_what_a_server_can_not_tell_is_said_in_a_line(
    vllm: FakeVllm, make: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm.tokenizer, "encode", lambda *_, **__: [1, 2])  # another base
    for engine in (make(vllm.url, kind="openai"), make(vllm.url)):
        await engine.start()
        with pytest.raises(NotScored, match="does not tell how likely given answers are"):
            await engine.log_probs(IDS, BEGIN)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        [None, *[{}] * 4],
        [None, *[{"7": {"logprob": "much"}}] * 4],
        [None, *[{"4": {"logprob": None}, "7": {"logprob": None}}] * 4],
        [None, *[{"4": None, "7": None}] * 4],
        [None, *[{"4": {"logprob": -1.0}, "7": {"logprob": -1.0}}] * 3],
        {"4": -1.0},
    ],
)
async def test_an_answer_without_them_is_none(
    vllm: FakeVllm, make: MakeEngine, told: object
) -> None:
    engine = make(vllm.url)
    await engine.start()
    vllm.troubles.append(gives(json.dumps({"choices": [{"prompt_logprobs": told}]}).encode()))
    with pytest.raises(NotScored):
        await engine.log_probs(IDS, BEGIN)


async def test_what_is_no_number_below_zero_is_brought_within_bounds(
    vllm: FakeVllm, make: MakeEngine
) -> None:
    engine = make(vllm.url)
    await engine.start()
    each = {"4": {"logprob": float("nan")}, "7": {"logprob": float("inf")}}
    answer = {"choices": [{"prompt_logprobs": [None, *[each] * 4]}]}
    vllm.troubles.append(gives(json.dumps(answer).encode()))
    assert await engine.log_probs(IDS, BEGIN) == [-9999.0, 0.0]


async def test_a_failure_is_asked_again_and_a_refusal_is_not(
    vllm: FakeVllm, make: MakeEngine
) -> None:
    engine = make(vllm.url)
    await engine.start()
    vllm.troubles.append(fails)
    assert len(await engine.log_probs(IDS, BEGIN)) == 2
    vllm.troubles.append(refuses)
    with pytest.raises(NotScored):
        await engine.log_probs(IDS, BEGIN)
    vllm.troubles.extend([fails, fails])
    with pytest.raises(TwinError, match="fails"):
        await engine.log_probs(IDS, BEGIN)


async def test_many_are_asked_in_order(server: FakeVllm, config: Config, adapter: Path) -> None:
    model = await asyncio.to_thread(ServedModel, asks(config, server.url), adapter)
    asked = [([*IDS, last], len(IDS)) for last in range(20)]
    found = await asyncio.to_thread(model.log_probs, asked)
    [name] = server.loaded
    assert found == [server.log_probs(name, ids)[-1:] for ids, _ in asked]
    await asyncio.to_thread(model.close)

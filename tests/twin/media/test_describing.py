"""Pictures described by a server's model that sees."""

from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from aiohttp import web

from twin.config.schema import Config
from twin.media.describing import MOST_CHARS, Describer

pytestmark = pytest.mark.server


class Sees:
    """A server of llama.cpp's kind, or another's."""

    def __init__(self) -> None:
        self.owner, self.vision = "llamacpp", True
        self.says: Any = "A cat\non a  sofa."
        self.asked: list[dict[str, Any]] = []
        self.status = 200

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/props", self._props)
        app.router.add_post("/v1/chat/completions", self._chat)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "eyes", "owned_by": self.owner}]})

    async def _props(self, _: web.Request) -> web.Response:
        return web.json_response({"modalities": {"vision": self.vision}})

    async def _chat(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        answer = {"choices": [{"message": {"content": self.says}}]}
        return web.json_response(answer, status=self.status)


@pytest.fixture
async def server() -> AsyncIterator[Sees]:
    async with Sees() as made:
        yield made


@pytest.fixture
async def describer(config: Config, server: Sees) -> AsyncIterator[Describer]:
    made = Describer(config.with_values("engine", server=server.url), "zh")
    yield made
    await made.close()


async def test_one_line_on_what_is_to_be_seen(server: Sees, describer: Describer) -> None:
    assert await describer.describe("AAAA") == "A cat on a sofa."
    assert describer.model == "eyes"
    [asked] = server.asked
    text, picture = asked["messages"][0]["content"]
    assert "图片" in text["text"]
    assert picture["image_url"]["url"] == "data:image/jpeg;base64,AAAA"
    server.says = "<think>hm</think>" + "x" * 999
    assert await describer.describe("AAAA") == "x" * MOST_CHARS
    for odd in (None, 5, "", "\x1b[2J"):
        server.says = odd
        assert "\x1b" not in await describer.describe("AAAA")


async def test_a_model_that_says_that_it_does_not_see_is_shown_nothing(
    server: Sees, describer: Describer, caplog: pytest.LogCaptureFixture
) -> None:
    server.vision = False
    assert await describer.describe("AAAA") == ""
    assert await describer.describe("AAAA") == ""
    assert server.asked == []
    assert len(caplog.records) == 1


async def test_one_that_refuses_a_picture_is_shown_no_other(
    server: Sees, describer: Describer
) -> None:
    server.owner, server.status = "vllm", 400
    assert await describer.describe("AAAA") == ""
    assert await describer.describe("AAAA") == ""
    assert len(server.asked) == 1


async def test_one_that_fails_is_asked_again(server: Sees, describer: Describer) -> None:
    server.status = 503
    assert await describer.describe("AAAA") == ""
    server.status = 200
    assert await describer.describe("AAAA") == "A cat on a sofa."

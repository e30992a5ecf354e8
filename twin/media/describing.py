"""What is to be seen in a picture, as the model at the server of [engine] says, if it sees."""

import asyncio
import logging

from storage.errors import InputError, TwinError
from storage.values import storable
from twin.config.schema import Config
from twin.engine.server.client import Json, ServerClient
from twin.engine.server.kinds import recognise
from twin.prompting.thoughts import UNTHINKING, without_thoughts
from twin.terminal import one_line

log = logging.getLogger(__name__)

LIMIT_S = 15.0  # somebody may be waiting for an answer
MOST_CHARS = 300
_TOKENS = 120
_ASKED = "Say in one short sentence what is to be seen in this picture. Say nothing else."
_ASKED_IN_CHINESE = "用一句简短的中文说出这张图片里能看到什么，只说这一句。"


class Describer:
    """Asks with each picture until the server says that its model can't see, or refuses one.

    `language`: "zh" for Chinese. `model` is what it describes with, once it was asked.
    """

    def __init__(self, config: Config, language: str) -> None:
        self._settings = config.engine
        self._asked = _ASKED_IN_CHINESE if language == "zh" else _ASKED
        self._client: ServerClient | None = None
        self._kind, self.model = "", ""
        self._sees = True

    async def describe(self, picture: str) -> str:
        """One line on the picture, a JPEG in base 64; "" where there is none."""
        if not self._sees:
            return ""
        try:
            async with asyncio.timeout(LIMIT_S):
                return await self._describe(picture)
        except InputError as error:
            log.warning("pictures are not described: %s", error)
            self._sees = False
        except TimeoutError:
            log.info("a picture was not described in %.0f s", LIMIT_S)
        except TwinError as error:
            log.info("a picture was not described: %s", error)
        return ""

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _describe(self, picture: str) -> str:
        if self._client is None:
            self._client = ServerClient(self._settings)
        if not self._kind:
            self._kind, self.model = await recognise(self._client, self._settings)
            self._sees = await _may_see(self._client, self._kind)
        if not self._sees:
            log.warning("pictures are not described: %s says that its model sees none", self.model)
            return ""
        body = _body(self.model, self._asked, picture, is_plain=self._kind == "openai")
        return _line(await self._client.post("/v1/chat/completions", body, quotes=True))


async def _may_see(client: ServerClient, kind: str) -> bool:
    """llama.cpp says it of its model; others are asked with a picture, and refuse it."""
    if kind != "llama.cpp":
        return True
    told = await client.get("/props")
    modalities = told.get("modalities") if isinstance(told, dict) else None
    return bool(modalities.get("vision")) if isinstance(modalities, dict) else False


def _body(model: str, asked: str, picture: str, *, is_plain: bool) -> dict[str, Json]:
    content = [
        {"type": "text", "text": asked},
        {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{picture}"}},
    ]
    body: dict[str, Json] = {
        "messages": [{"role": "user", "content": content}],
        "max_tokens": _TOKENS,
        "temperature": 0,
    }
    if model:
        body["model"] = model
    if not is_plain:
        body["chat_template_kwargs"] = UNTHINKING
    return body


def _line(answer: Json) -> str:
    try:
        said = answer["choices"][0]["message"]["content"]
    except (LookupError, TypeError):
        return ""
    if not isinstance(said, str):
        return ""
    return one_line(" ".join(storable(without_thoughts(said)).split()))[:MOST_CHARS]

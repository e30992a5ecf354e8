"""Ask the twin through OpenAI's own client."""

from typing import Any

import openai
from openai.types.chat import ChatCompletion

from tests.twin.api.serving import Stage


def client_of(stage: Stage, key: str | None = None) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        base_url=f"{stage.url}/v1", api_key=key or stage.chat_key, max_retries=0
    )


async def ask(stage: Stage, text: str = "hi", **more: Any) -> ChatCompletion:
    given: dict[str, Any] = {
        "model": "twin",
        "messages": [{"role": "user", "content": text}],
    }
    async with client_of(stage) as client:
        answer: ChatCompletion = await client.chat.completions.create(**(given | more))
    return answer

"""Ask a loaded model, and compare what two of them answer."""

from twin.engine.base import LoadedModel
from twin.prompting.chat_template import Turn


def said(*texts: str) -> list[Turn]:
    turns: list[Turn] = [{"role": "system", "content": "be Sam"}]
    for at, text in enumerate(texts):
        turns.append({"role": "assistant" if at % 2 else "user", "content": text})
    return turns


def greedy(
    model: LoadedModel, batch: list[list[Turn]], tokens: int = 24
) -> list[tuple[str, int, bool]]:
    replies = model.generate(batch, tokens, 0.0, 1.0)
    return [(reply.text, reply.tokens, reply.stopped) for reply in replies]

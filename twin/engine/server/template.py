"""Whether a server's model reads what is sent to it as [model] base does."""

from collections.abc import Sequence

from twin.config.engine_section import Kind
from twin.engine.server.client import ServerClient
from twin.engine.server.failures import ServerRefuses, WrongRequest
from twin.engine.server.kinds import ABILITIES
from twin.engine.server.prompts import Prompts
from twin.prompting.chat_template import Turn
from twin.prompting.template_probe import control_tokens

# Letters, digits, blanks and signs that tokenizers split differently.
TALK: Sequence[Turn] = (
    {"role": "system", "content": "You are Tjark. Reply as Tjark would."},
    {"role": "user", "content": "Are you coming at 18:45? 你晚上来吗？"},
    {"role": "assistant", "content": "Sure, can't wait :)"},
    {"role": "user", "content": "Bring Ute's 2 books, please!"},
)


async def has_same_tokens(
    client: ServerClient, kind: Kind, model: str, prompts: Prompts
) -> bool | None:
    """Whether the server's tokens of a fixed conversation are those of [model] base, so that what
    is rendered here can be sent as tokens; None where the server can't be asked.

    Tokens are compared by what they say here: tokenizers of two programs may part a text
    differently and mean the same.
    """
    if not ABILITIES[kind].tokens:
        return None
    text, controls = await prompts.run(_rendered, prompts)
    path, body = _question(kind, model, text)
    try:
        answer = await client.post(path, body)
    except (ServerRefuses, WrongRequest) as error:
        if error.status in (401, 403):
            raise
        return None  # a gateway before it may pass on /v1 alone
    there = answer.get("tokens") if isinstance(answer, dict) else None
    if not isinstance(there, list) or not all(isinstance(each, int) for each in there):
        return False
    return await prompts.run(_says, prompts, there) == (_squeezed(text), controls)


def _question(kind: Kind, model: str, text: str) -> tuple[str, dict[str, object]]:
    if kind == "llama.cpp":
        return "/tokenize", {"content": text, "add_special": False, "parse_special": True}
    return "/tokenize", {"model": model, "prompt": text, "add_special_tokens": False}


def _rendered(prompts: Prompts) -> tuple[str, list[int]]:
    """The conversation as text, and its control tokens in their order."""
    tokenizer, fmt = prompts.base
    ids = fmt.render(TALK)
    return str(tokenizer.decode(ids)), _controls(prompts, ids)


def _says(prompts: Prompts, ids: Sequence[int]) -> tuple[str, list[int]]:
    tokenizer, _ = prompts.base
    known = [each for each in ids if 0 <= each < len(tokenizer)]
    return _squeezed(str(tokenizer.decode(known))), _controls(prompts, ids)


def _controls(prompts: Prompts, ids: Sequence[int]) -> list[int]:
    known = set(control_tokens(prompts.base[0]).values())
    return [each for each in ids if each in known]


def _squeezed(text: str) -> str:
    return "".join(text.split())

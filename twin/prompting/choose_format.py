"""Choose the prompt format of a base model, and the tokens that end its answers."""

import logging
from functools import cache
from typing import Any

from storage.errors import InputError, TwinError
from twin.prompting.chat_template import ChatTemplateFormat, PromptFormat, Turn
from twin.prompting.index_format import IndexFormat
from twin.prompting.template_probe import Tokenizer, control_tokens

log = logging.getLogger(__name__)

CHATML = (
    "{% for m in messages %}"
    "{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# For bases that were never taught a conversation.
PLAIN = (
    "{% for m in messages %}"
    "{% if m['role'] == 'system' %}{{ m['content'] + '\n\n' }}"
    "{% elif m['role'] == 'user' %}{{ 'User: ' + m['content'] + '\n' }}"
    "{% else %}{{ 'Assistant: ' + m['content'] + eos_token + '\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


def choose_format(
    tokenizer: Tokenizer, model_config: Any, setting: str, generation_config: Any = None
) -> PromptFormat:
    """The format that [model] prompt asks for; "auto" goes by the model's own files.

    Answers end at every end token that those name. Raises TwinError for a base that no format fits.
    """
    ends = named_ends(tokenizer, model_config, generation_config)
    vocabulary = tokenizer.get_vocab()
    is_index = str(getattr(model_config, "model_type", "")).lower() == "index" or (
        not tokenizer.chat_template and {"reserved_0", "reserved_1"} <= vocabulary.keys()
    )
    if setting == "index" or (setting == "auto" and is_index):
        return IndexFormat(tokenizer, ends)
    if not tokenizer.chat_template:
        tokenizer.chat_template = _default_template(tokenizer)
    return ChatTemplateFormat(tokenizer, ends)


def _default_template(tokenizer: Tokenizer) -> str:
    if tokenizer.eos_token is None:
        raise InputError(
            "the base has neither a chat template nor an end token, so a twin trained on it could "
            "not stop; choose an Instruct or Chat model as [model] base"
        )
    has_chatml = {"<|im_start|>", "<|im_end|>"} <= control_tokens(tokenizer).keys()
    name, template = ("ChatML", CHATML) if has_chatml else ("plain User: and Assistant:", PLAIN)
    begins = tokenizer.bos_token is not None and tokenizer("a")["input_ids"][:1] == [
        tokenizer.bos_token_id
    ]
    _tell_of_default(name)
    return ("{{ bos_token }}" if begins else "") + template


@cache
def _tell_of_default(name: str) -> None:
    """Once, however often the base is loaded."""
    log.warning(
        "the base has no chat template, as a model that was never taught to chat: %s is used; an "
        "Instruct or Chat model learns faster",
        name,
    )


def named_ends(tokenizer: Tokenizer, model_config: Any, generation_config: Any) -> list[int]:
    """The end tokens in the base's generation_config.json and config.json.

    What stands in the latter alone is often the library's default and an ordinary letter in this
    vocabulary, so it has to be a control token.
    """
    controls, count = set(control_tokens(tokenizer).values()), len(tokenizer)
    others = [token for token in _ids(model_config) if token in controls]
    named = dict.fromkeys([*_ids(generation_config), *others])
    return [token for token in named if 0 <= token < count]


def _ids(config: Any) -> list[int]:
    ends = getattr(config, "eos_token_id", None)
    return [ends] if isinstance(ends, int) else list(ends or [])


def check_stop_token(fmt: PromptFormat) -> None:
    """Raises TwinError unless the last label of an answer is a token that generation stops at."""
    asked: Turn = {"role": "user", "content": "u"}
    _, labels = fmt.complete([asked, {"role": "assistant", "content": "word"}])
    if not labels or labels[-1] not in fmt.stop_ids:
        raise TwinError(
            "the last label of an answer is not a stop token, so the twin would never learn to "
            "stop; this base's prompt format can't be used for training"
        )

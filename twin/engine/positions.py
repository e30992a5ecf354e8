"""Check that a base can read prompts and samples as long as they get."""

from typing import Any

from storage.errors import InputError
from twin.config.schema import Config

# How configurations call the number of positions that a base knows.
POSITIONS = (
    *("max_position_embeddings", "n_positions", "max_seq_len", "max_sequence_length"),
    *("max_target_positions", "n_ctx"),
)
LEAST_CONTEXT = 16  # of [reply] context_tokens


def check_positions(config: Config, settings: Any) -> None:
    """`settings` are the base's, of transformers. Raises InputError where the base knows fewer
    positions than are needed.
    """
    text = settings.get_text_config()
    known = [getattr(text, name, None) for name in POSITIONS]
    limit = next((number for number in known if isinstance(number, int)), None)
    if limit is None:  # as Bloom and Mamba
        return
    reads = f"base model '{config.model.base}' reads {limit} tokens at most"
    answer = max(config.reply.max_tokens, config.api.max_tokens)
    if config.reply.context_tokens + answer > limit:
        raise InputError(
            f"{reads}, and a prompt with its answer has up to {config.reply.context_tokens} + "
            f"{answer}; {_remedy(limit - answer)}"
        )
    if config.train.max_tokens > limit:
        raise InputError(f"{reads}; set [train] max_tokens = {limit}")


def _remedy(room: int) -> str:
    if room >= LEAST_CONTEXT:
        return f"set [reply] context_tokens = {room}"
    return "lower [reply] max_tokens and [api] max_tokens, or choose another base"

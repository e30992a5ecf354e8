"""Check that a base model can be trained and can answer, before a night is spent on it.

Loads no weights: what only shows when the model computes is in `base_trial`.
"""

import logging
import re
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, DynamicCache

from storage.errors import InputError, cause_of
from storage.texts import Text
from twin.config.schema import Config
from twin.engine.base_fingerprint import tensors, weight_files
from twin.engine.base_models import resolve_base
from twin.engine.device import choose_device, choose_dtype
from twin.engine.lora_layers import layers_to_train, share_of_experts
from twin.engine.model import load_format, load_tokenizer, read_base
from twin.engine.positions import check_positions
from twin.engine.runtime import obstacle_of_openvino
from twin.prompting.chat_template import PromptFormat
from twin.prompting.choose_format import check_stop_token
from twin.prompting.template_probe import Tokenizer

log = logging.getLogger(__name__)

LEAST_TALK = 16  # tokens
_CACHE_USE = re.compile(r"(?:past_key_values?|cache|DynamicCache)\.([a-z]\w+)\(?")
_TUPLE_USE = re.compile(r"past_key_values?\[\d\]\[\d\]")
OTHER_FAMILY = "choose a base of a family that transformers knows (docs/bases.md)"


def check_base(config: Config) -> None:
    """Raises TwinError, one line with a remedy, for a base that no twin can be made of."""
    folder = resolve_base(config)
    for path in weight_files(folder):
        tensors(path)
    settings = read_base(config, AutoConfig)
    check_positions(config, settings)
    tokenizer = load_tokenizer(config)
    fmt = load_format(config, tokenizer)
    check_stop_token(fmt)
    _check_vocabulary(config, settings, tokenizer, fmt)
    _check_frame(config, fmt)
    layers_to_train(skeleton(config, settings), config.train.targets)
    if getattr(settings, "auto_map", None):
        _load_code_again(config, settings)


def remarks(config: Config) -> list[Text]:
    """What else the owner should know of a base that works. Raises TwinError."""
    settings = read_base(config, AutoConfig)
    told = []
    device = choose_device(config.model)
    dtype = str(choose_dtype(config.model)).removeprefix("torch.")
    obstacle = obstacle_of_openvino(settings, device, dtype)
    if config.model.runtime == "auto" and device == "cpu" and obstacle is not None:
        told.append(Text("answers are computed by torch: {reason}", reason=obstacle))
    if experts := share_of_experts(skeleton(config, settings)):
        told.append(
            Text(
                "its experts, {share} of its layers' weights, are not trained",
                share=f"{experts:.0%}",
            )
        )
    return told


def _load_code_again(config: Config, settings: Any) -> None:
    """For training and for answers. Some code registers what can be registered only once."""
    try:
        skeleton(config, settings)
        load_tokenizer(config)
    except InputError as error:
        raise InputError(
            f"base model '{config.model.base}': its own code loads once and not again in the same "
            f"process, as training and answering need; {OTHER_FAMILY}: {error}"
        ) from error


def _check_vocabulary(
    config: Config, settings: Any, tokenizer: Tokenizer, fmt: PromptFormat
) -> None:
    """What is written or read needs an embedding; special tokens that nobody writes need none."""
    rows = settings.get_text_config().vocab_size
    special = set(tokenizer.all_special_ids)
    words = {token for token in tokenizer.get_vocab().values() if token not in special}
    used = {*words, *fmt.stop_ids, *fmt.render([{"role": "user", "content": "hello"}])}
    if max(used) >= rows:
        raise InputError(
            f"base model '{config.model.base}': its tokenizer writes tokens up to {max(used)}, and "
            f"it has embeddings for {rows}; fetch the base again with its own tokenizer"
        )


def _check_frame(config: Config, fmt: PromptFormat) -> None:
    """Some templates write so much of their own that nothing would be left of a conversation."""
    frame = len(fmt.render([{"role": "system", "content": "x"}, {"role": "user", "content": "x"}]))
    needed = frame + LEAST_TALK
    context, sample = config.reply.context_tokens, config.train.max_tokens
    writes = f"base model '{config.model.base}': its chat template writes {frame} tokens of its own"
    if needed > context:
        raise InputError(f"{writes}; set [reply] context_tokens = {context + frame}")
    if needed > sample - sample // 4:  # what a sample keeps for its answer
        raise InputError(f"{writes}; set [train] max_tokens = {sample + frame * 4 // 3}")


def skeleton(config: Config, settings: Any) -> Any:
    """The network without weights."""
    try:
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(
                settings, trust_remote_code=config.model.trust_remote_code
            )
    except Exception as error:  # boundary: it may be code of the base's authors
        cause = cause_of(error)
        raise InputError(
            f"base model '{config.model.base}': no model that writes text can be made of its "
            f"config.json ({type(error).__name__}: {cause}); {OTHER_FAMILY}"
        ) from error


def old_cache_uses(folder: Path) -> list[str]:
    """What a base's own code asks of the cache, and transformers' cache no longer has."""
    found = set()
    for path in sorted(folder.glob("*.py")):
        code = path.read_text(encoding="utf-8", errors="replace")
        found |= {name for name in _CACHE_USE.findall(code) if not hasattr(DynamicCache, name)}
        found |= set(_TUPLE_USE.findall(code))
    return sorted(found)

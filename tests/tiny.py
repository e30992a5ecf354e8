"""Random models of a few thousand weights, built when asked for: real files, no meaning."""

import json
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    PreTrainedTokenizerFast,
)

from twin.config.load import load_config
from twin.config.schema import Config

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TEXT = ["hello there, how are you?", "system user assistant", "see you tomorrow :)", "你好，在吗"]


def tiny_model(folder: Path, spread: float = 0.02, family: Any = LlamaConfig) -> Path:
    """A Llama, or one of another family, with a ChatML template, saved in `folder`.

    `spread` is the standard deviation of the weights: with the usual small one all tokens are
    about as likely.
    """
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_byte_bpe(["<|im_start|>", "<|im_end|>"]),
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
    )
    tokenizer.chat_template = CHATML
    return _save(folder, tokenizer, spread, family)


def tiny_index_model(folder: Path) -> Path:
    """As Index-1.9B-Chat: no template, two reserved tokens as marks, `</s>` as end."""
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_byte_bpe(["<unk>", "<s>", "</s>", "<pad>", "reserved_0", "reserved_1"]),
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
    )
    return _save(folder, tokenizer)


def model_config(folder: Path, base: object, **more: object) -> Config:
    """A config.toml in `folder`: `base` on the processor in float32, as any processor answers with
    it, and `more` of [model].
    """
    path = folder / "config.toml"
    settings = {"base": str(base), "device": "cpu", "dtype": "float32", "compress": "off"} | more
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    path.write_text("\n".join(["[model]", *lines]), encoding="utf-8")
    return load_config(path)


def tiny_adapter(folder: Path, config: Config, seed: int = 1) -> Path:
    """An adapter, saved in `folder`, that says something else than the base and any other seed."""
    torch.manual_seed(seed)
    tuned = get_peft_model(
        AutoModelForCausalLM.from_pretrained(config.model.base),
        LoraConfig(task_type="CAUSAL_LM", r=4, target_modules=["q_proj", "down_proj"]),
    )
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    tuned.peft_config["default"].base_model_name_or_path = config.model.base
    tuned.save_pretrained(folder, save_embedding_layers=False)
    return folder


def tiny_lora(base: Path, dropout: float = 0.0) -> Any:
    """A model of `base` with an adapter that is ready to train and already changes the output."""
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(base)
    config = LoraConfig(
        task_type="CAUSAL_LM", r=4, lora_dropout=dropout, target_modules="all-linear"
    )
    model = get_peft_model(model, config)
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights)  # at its start, zero, the adapter does nothing
    return model.train()


def _byte_bpe(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(TEXT * 10, trainer)
    return tokenizer


def _save(folder: Path, tokenizer: Any, spread: float = 0.02, family: Any = LlamaConfig) -> Path:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(
        family(
            # Qwen's tokenizers add a token when they are loaded.
            vocab_size=len(tokenizer) + (family is not LlamaConfig),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=8,
            max_position_embeddings=1024,
            tie_word_embeddings=True,
            initializer_range=spread,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder

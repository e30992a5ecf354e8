"""Bases of the Index family (IndexTeam/Index-1.9B-Chat) are Llamas with two differences.

Their output layer has rows of length 1 (the makers' code makes them so on every use), and their
tokenizer is a SentencePiece model with code of their own, for transformers 4.39, around it. Written
once as a Llama, such a base needs none of that code. Source: the makers' config.json and
tokenizer_config.json, and PaddleFormers' port of their code.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch

from storage.errors import InputError

OUTPUT = "lm_head.weight"
# Of config.json and tokenizer_config.json: what leads to the makers' code, or is no Llama's.
_OWN = ("auto_map", "norm_head", "max_length", "_name_or_path", "chat_template")
_SAMPLES = (
    *("hello there, how are you?", "你好，在吗？", "  two  spaces\nand a line"),
    *(
        "user",
        "assistant你",
        "Größe – naïve",
        "см. ниже",
        "\ttab",
        "日本語と한국어",
        "ok 👍🏽 12,345.7",
    ),
)


def is_index(folder: Path) -> bool:
    return _settings(folder / "config.json").get("model_type") == "index"


def has_normed_output(folder: Path) -> bool:
    settings = _settings(folder / "config.json")
    return settings.get("model_type") == "index" and bool(settings.get("norm_head"))


def normed(weight: torch.Tensor) -> torch.Tensor:
    """Each row divided by its length, in the same precision."""
    return torch.nn.functional.normalize(weight.float()).to(weight.dtype)


def rewrite_as_llama(folder: Path, target: Path) -> None:
    """Settings and tokenizer of an Index base, into the folder `target`; nothing of other bases.

    Raises InputError.
    """
    if not is_index(folder):
        return
    if (folder / "tokenizer.model").is_file():
        _write_tokenizer(folder, target)
    settings = _without_own(folder / "config.json")
    settings |= {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}
    (target / "config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")


def _write_tokenizer(folder: Path, target: Path) -> None:
    """Its prompts have a format of their own here, which needs no chat template."""
    from sentencepiece import SentencePieceProcessor
    from transformers import LlamaTokenizer

    name = "tokenizer_config.json"
    settings = _without_own(folder / name) | {"tokenizer_class": "LlamaTokenizer"}
    (target / name).write_text(json.dumps(settings), encoding="utf-8")
    shutil.copy(folder / "tokenizer.model", target)
    tokenizer = LlamaTokenizer.from_pretrained(target, local_files_only=True)
    published = SentencePieceProcessor(model_file=str(target / "tokenizer.model"))
    for text in _SAMPLES:
        if tokenizer.encode(text, add_special_tokens=False) != published.encode(text):
            raise InputError("its tokenizer can't be written without the makers' code")
    tokenizer.save_pretrained(target)


def _without_own(path: Path) -> dict[str, Any]:
    return {key: value for key, value in _settings(path).items() if key not in _OWN}


def _settings(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is not readable") from error
    return found if isinstance(found, dict) else {}

"""What a server means that won't load an adapter, with what helps."""

import json
from pathlib import Path

from storage.errors import TwinError
from storage.texts import Text
from twin.engine.adapter_files import ADAPTER_SETTINGS
from twin.engine.base import EngineUnavailable, NotServed
from twin.engine.server.failures import ServerFails, WrongRequest

_NOT_FOUND = 404
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # that vLLM takes as --max-lora-rank
# SGLang looks for a folder that is not there as a repository of Hugging Face.
_NO_FILES = ("no adapter found", "no such file", "repo id must be")


def is_loaded(error: WrongRequest | ServerFails) -> bool:
    """Whether it is there already: vLLM's and SGLang's words."""
    return "already been loaded" in error.said or "is already loaded" in error.said


def refused(error: WrongRequest | ServerFails, server: str, path: Path, there: str) -> TwinError:
    """The error to raise. `there`: the adapter's folder as the server was told of it."""
    said = error.said.casefold().replace("_", "-")
    if error.status == _NOT_FOUND and said in ("", "not found"):
        return NotServed(
            Text(
                "{server} takes no adapters while it runs; start vLLM with --enable-lora and "
                "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its environment",
                server=server,
            )
        )
    if "lora is not enabled" in said or "enable-lora" in said:
        return NotServed(Text("{server} was started without --enable-lora", server=server))
    if "rank" in said:
        return NotServed(
            Text(
                "{server} was started for smaller adapters; start it again with --max-lora-rank "
                "{rank}, SGLang also with --lora-target-modules all",
                server=server,
                rank=_rank_to_set(path),
            )
        )
    if error.status == _NOT_FOUND or any(words in said for words in _NO_FILES):
        return NotServed(
            Text(
                "{server} finds no adapter in {there}; set [engine] adapters_at to the folder "
                "where it sees this twin's adapters",
                server=server,
                there=there,
            )
        )
    return error if isinstance(error, EngineUnavailable) else TwinError(error.message)


def _rank_to_set(path: Path) -> int:
    rank = int(json.loads((path / ADAPTER_SETTINGS).read_text(encoding="utf-8"))["r"])
    return next((each for each in _RANKS if each >= rank), rank)

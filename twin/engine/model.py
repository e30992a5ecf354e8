"""Load a base model and an adapter with torch, and generate. Only safetensors are read."""

import logging
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import PeftModel
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    GenerationConfig,
    LogitsProcessorList,
)
from transformers.distributed import DistributedConfig

from storage.errors import InputError, cause_of
from twin.config.schema import ALL_GPUS, Config
from twin.engine.adapter_files import check_adapter, check_fits
from twin.engine.base import Reply
from twin.engine.base_models import resolve_base
from twin.engine.device import choose_device, choose_dtype
from twin.engine.likeliest import TokenLogProbs, likeliest
from twin.engine.positions import check_positions
from twin.engine.sampling import Sampling, candidates_of, sampling_of
from twin.prompting.answer_text import read_answer
from twin.prompting.chat_template import PromptFormat, Turn
from twin.prompting.choose_format import choose_format
from twin.prompting.template_probe import Tokenizer

log = logging.getLogger(__name__)

Network = Any  # a transformers model; its classes are not usefully typed


def silence_logs() -> None:
    """Silence the progress bars and the advice of transformers and peft."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    # One library warns about how the other one calls it.
    warnings.filterwarnings("ignore", ".*is_gradient_checkpointing.*", FutureWarning)


def loading_options(config: Config, device: str, shards: int = 1) -> dict[str, Any]:
    """Arguments of `from_pretrained` for [model] quantize and a base that lies over several GPUs;
    none when weights are read as they are.

    Raises InputError where the device can't compute so.
    """
    if shards > 1:
        return {"distributed_config": DistributedConfig(fsdp_size=shards)}
    everywhere = config.model.device == ALL_GPUS
    if everywhere and not torch.cuda.is_available():
        raise InputError(
            f'[model] device = "{ALL_GPUS}": there is no CUDA GPU; set device = "auto"'
        )
    if config.model.quantize == "none":
        return {"device_map": "auto"} if everywhere else {}
    if not device.startswith("cuda") or not torch.cuda.is_available():
        raise InputError(
            f"[model] quantize = '4bit': there is no CUDA GPU to compute on (the device is "
            f'{device}); set quantize = "none"'
        )
    if find_spec("bitsandbytes") is None:
        raise InputError(
            "[model] quantize = '4bit': the package bitsandbytes is not installed; run "
            "`pip install -c constraints.txt bitsandbytes`"
        )
    where = "auto" if everywhere else {"": device}
    return {"quantization_config": four_bits(), "device_map": where}


def four_bits() -> BitsAndBytesConfig:
    """4-bit NormalFloat of QLoRA (Dettmers et al. 2023, arXiv:2305.14314): its levels are the
    quantiles of a normal distribution, as which weights are distributed.
    """
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )


def load_tokenizer(config: Config) -> Tokenizer:
    """The base's tokenizer. Raises InputError when the base can't be used."""
    return read_base(config, AutoTokenizer)


def load_format(config: Config, tokenizer: Tokenizer | None = None) -> PromptFormat:
    """The prompt format of the base, found without loading its weights.

    Raises InputError when the base can't be used, and TwinError when no format fits it.
    """
    tokenizer = tokenizer or load_tokenizer(config)
    has_own = (resolve_base(config) / "generation_config.json").is_file()
    generation = read_base(config, GenerationConfig) if has_own else None
    return choose_format(tokenizer, read_base(config, AutoConfig), config.model.prompt, generation)


def load_base(config: Config, dtype: torch.dtype, shards: int = 1) -> Network:
    """A new copy of the base on the chosen device, in evaluation mode.

    On all GPUs its layers follow each other there. Of `shards` processes each reads a part of every
    weight, and all have to compute together (FSDP, Zhao et al. 2023, arXiv:2304.11277); such a base
    is frozen. Raises InputError when the base can't be used.
    """
    device = choose_device(config.model)
    options = loading_options(config, device, shards)
    network, loaded = read_base(
        config,
        AutoModelForCausalLM,
        dtype=dtype,
        use_safetensors=True,
        output_loading_info=True,
        **options,
    )
    if missing := sorted(loaded["missing_keys"]):  # the library would fill them with random numbers
        raise InputError(
            f"base model '{config.model.base}': {len(missing)} of its weights are in none of its "
            f"files ({missing[0]}); fetch or copy the base again, or choose another"
        )
    if shards > 1:
        _keep_adapter_whole(network)
    return (network if options else network.to(device)).eval()


def _keep_adapter_whole(network: Network) -> None:
    """Of a base that is shared out over processes: it is frozen, and what is learnt is not shared.

    Of such a base that they know of, peft would gather the weights to save an adapter, and the
    Trainer refuses checkpoints.
    """
    network.requires_grad_(False)  # before it computes: FSDP remembers it of each weight
    network._is_distributed_loading_by_transformers = False
    network._tp_size = None


def read_base(config: Config, reader: Any, **options: Any) -> Any:
    """What one of transformers' classes reads of the base. Raises InputError when it can't."""
    silence_logs()
    folder = resolve_base(config)
    try:
        return reader.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=config.model.trust_remote_code,
            **options,
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        cause = cause_of(error, 300)
        raise InputError(
            f"base model '{config.model.base}' in {folder}: can't be loaded ({cause}); "
            "install the package if it names one, or check [model] base and trust_remote_code"
        ) from error


@dataclass(frozen=True, slots=True)
class TorchModel:
    """A network in torch, never changed once it is loaded, with its tokenizer and prompt format."""

    network: Network
    tokenizer: Tokenizer
    format: PromptFormat
    adapter: str | None
    sampling: Sampling = field(default_factory=Sampling)
    candidates: int = 1

    def generate(
        self,
        batch: Sequence[Sequence[Turn]],
        max_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None = None,
        candidates: int = 1,
    ) -> list[Reply]:
        """One answer to each conversation, computed as one left-padded batch.

        Temperature 0 takes the likeliest token each time. With a seed, the same batch gets the
        same answers. Of several `candidates` the likeliest is taken.
        """
        if not batch:
            return []
        started = time.perf_counter()
        prompts = [self.format.render(turns) for turns in batch]
        each = candidates if temperature > 0 else 1
        log_probs = TokenLogProbs()
        watched = LogitsProcessorList([log_probs] if each > 1 else [])
        settings = self._settings(max_tokens, temperature, top_p, each)
        rows = self._written(prompts, settings, watched, seed)
        seconds = time.perf_counter() - started
        replies = [
            reply_of(row, self.format, self.tokenizer, seconds, len(prompts[at // each]))
            for at, row in enumerate(rows.tolist())
        ]
        if each == 1:
            return replies
        sums = log_probs.sums(rows, [reply.tokens for reply in replies])
        starts = range(0, len(replies), each)
        return [likeliest(replies[at : at + each], sums[at : at + each]) for at in starts]

    def _written(
        self,
        prompts: list[list[int]],
        settings: GenerationConfig,
        watched: LogitsProcessorList,
        seed: int | None,
    ) -> torch.Tensor:
        """What was drawn after each prompt, (prompts with their candidates, tokens)."""
        ids, mask = self._padded(prompts)
        device = self.network.device
        devices = [device] if device.type == "cuda" else []
        with torch.inference_mode(), torch.random.fork_rng(devices, enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            output: torch.Tensor = self.network.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                generation_config=settings,
                logits_processor=watched,
            )
        return output[:, ids.shape[1] :]

    def _padded(self, prompts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and attention mask, both (batch, longest prompt), padded on the left."""
        width = max(map(len, prompts))
        padding = [width - len(ids) for ids in prompts]
        stop = self.format.stop_ids[0]
        ids = torch.tensor([[stop] * n + p for n, p in zip(padding, prompts, strict=True)])
        mask = torch.tensor([[0] * n + [1] * (width - n) for n in padding])
        return ids, mask

    def _settings(
        self, max_tokens: int, temperature: float, top_p: float, candidates: int
    ) -> GenerationConfig:
        sampling = (
            {"do_sample": True, "temperature": temperature, "top_p": top_p, "top_k": 0}
            if temperature > 0
            else {"do_sample": False}
        )
        return GenerationConfig(
            max_new_tokens=max_tokens,
            num_return_sequences=candidates,
            eos_token_id=list(self.format.stop_ids),
            pad_token_id=self.format.stop_ids[0],
            **sampling,
        )


def reply_of(
    ids: list[int], fmt: PromptFormat, tokenizer: Tokenizer, seconds: float, prompt_tokens: int
) -> Reply:
    """The reply in the token ids that a model wrote after a prompt."""
    text, end = read_answer(ids, fmt, tokenizer)
    tokens = len(ids) if end is None else end + 1
    return Reply(text, tokens, end is not None, seconds, prompt_tokens)


def with_adapter(network: Network, adapter_dir: Path, *, is_trainable: bool = False) -> Network:
    """The network with the adapter beside its weights."""
    # Of itself the library reads an adapter onto the first GPU, wherever the network is.
    where = str(network.device)
    return PeftModel.from_pretrained(
        network, adapter_dir, is_trainable=is_trainable, torch_device=where
    )


def load_torch_model(config: Config, adapter_dir: Path | None) -> TorchModel:
    """The base with the adapter (LoRA, arXiv:2106.09685) merged into its weights, so that answers
    cost no more than the base's. Merged into 4-bit weights most of the adapter would be rounded
    away: there it stays beside them.

    Raises InputError for a base and TwinError for an adapter that can't be used.
    """
    resolve_base(config)  # its files are there from here on
    if adapter_dir is not None:
        check_adapter(adapter_dir, config)
    tokenizer = load_tokenizer(config)
    network = load_base(config, choose_dtype(config.model))
    check_positions(config, network.config)
    fmt, sampling = load_format(config, tokenizer), sampling_of(adapter_dir, config.reply)
    candidates = candidates_of(config.reply, are_cheap=network.device.type == "cuda")
    if adapter_dir is None:
        return TorchModel(network, tokenizer, fmt, None, sampling, candidates)
    check_fits(adapter_dir, network)
    tuned = with_adapter(network, adapter_dir)
    if config.model.quantize == "none":
        tuned = tuned.merge_and_unload()
    name = adapter_dir.name
    return TorchModel(tuned.eval(), tokenizer, fmt, name, sampling, candidates)

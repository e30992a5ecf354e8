"""Let a loaded base compute a few tokens: whether it trains and answers as it has to."""

from typing import Any

import torch
import transformers
from transformers import GenerationConfig

from storage.errors import InputError, cause_of
from twin.config.schema import Config
from twin.engine.base_check import OTHER_FAMILY
from twin.engine.base_fingerprint import weight_files
from twin.engine.base_models import resolve_base
from twin.engine.bases.limits import usable_memory
from twin.engine.device import choose_dtype
from twin.engine.model import load_base, load_format
from twin.engine.model_pool import on_cpu
from twin.prompting.chat_template import PromptFormat

NEW = 3  # tokens
PADDING = 3
ROOM = 2.5  # times the weights' size: they may be read into twice as many bytes
# Of the spread of the logits, on average: what rounding does not explain.
TOLERANCE = {torch.float32: 0.001}
ROUGH = 0.1


def load_and_try(config: Config) -> bool:
    """`try_base` on the processor; False where there is too little free memory to do so.

    Raises TwinError for a base that no twin can be made of.
    """
    size = sum(path.stat().st_size for path in weight_files(resolve_base(config)))
    free, _ = usable_memory()
    if size * ROOM > free:
        return False
    on_processor = on_cpu(config)
    try_base(load_base(on_processor, choose_dtype(on_processor.model)), load_format(config))
    return True


def try_base(network: Any, fmt: PromptFormat) -> None:
    """Raises InputError unless the network reads from left to right only, and answers the same from
    its cache and in a padded batch as alone.
    """
    name = network.config.model_type
    prompt = fmt.render([{"role": "user", "content": "hello"}])
    try:
        ahead, apart = _measured(network, prompt, fmt.stop_ids[0])
    except Exception as error:  # boundary: it may be code of the base's authors
        cause = cause_of(error)
        raise InputError(
            f"the base ({name}) can't write a word with transformers {transformers.__version__} "
            f"({type(error).__name__}: {cause}); {OTHER_FAMILY}"
        ) from error
    most = TOLERANCE.get(network.dtype, ROUGH)
    if ahead > most:
        raise InputError(
            f"the base ({name}) reads what comes after a word, so it can't write; {OTHER_FAMILY}"
        )
    if apart > most:
        raise InputError(
            f"the base ({name}) answers differently in a batch or from its cache, so friends who "
            f"write at once would get nonsense; {OTHER_FAMILY}"
        )


@torch.no_grad()  # a base that is shared out over processes can't be used in inference mode
def _measured(network: Any, prompt: list[int], pad: int) -> tuple[float, float]:
    """How far the last token changes the logits before it, and how far padding and cache do."""
    device = network.device
    ids = torch.tensor([prompt], device=device)
    other = torch.tensor([[*prompt[:-1], prompt[0]]], device=device)
    plain = network(input_ids=ids, use_cache=False).logits
    changed = network(input_ids=other, use_cache=False).logits
    padded = torch.tensor([[pad] * PADDING + prompt], device=device)
    mask = torch.tensor([[0] * PADDING + [1] * len(prompt)], device=device)
    written = network.generate(
        input_ids=padded,
        attention_mask=mask,
        generation_config=GenerationConfig(
            max_new_tokens=NEW,
            do_sample=False,
            pad_token_id=pad,
            output_logits=True,
            return_dict_in_generate=True,
        ),
    )
    whole = network(input_ids=written.sequences[:, PADDING:], use_cache=False).logits
    wanted = whole[:, len(prompt) - 1 : -1].float()
    stepwise = torch.stack(written.logits, dim=1).float()
    spread = plain.float().std()
    ahead = (plain - changed)[:, :-1].float().abs().mean() / spread
    apart = (stepwise - wanted).abs().mean() / spread
    return float(ahead), float(apart)

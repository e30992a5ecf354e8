"""What a base costs on a machine: memory and time, each as about as it can be known beforehand.

The factors are those of runs on two cores (docs/benchmarks.md, docs/evaluation.md). On GPUs nothing
was measured: their ranges are wider.
"""

from dataclasses import dataclass

from twin.config.schema import ALL_GPUS, Config
from twin.engine.bases.machine import Machine
from twin.engine.bases.shape import Shape
from twin.engine.openvino_families import FAMILIES

PROGRAM_BYTES = 0.8e9  # Python, torch and the pages
TRAINER_BYTES = 1.5e9
GPU_BYTES = 1e9
TOKENS_AT_ONCE = 1024  # as training/loss.py cuts batches
LABELS_SHARE = 0.4  # of the tokens, those that are learnt
# Answering holds the weights twice while they are converted, and half of them for what is computed.
ANSWERING_COPIES = 2.5
KEPT = 2.0  # times what a step needs: the trainer keeps what it freed
FOUR_BITS = 0.3  # of the weights' bytes at 16 bits, with their scales
PROMPT_TOKENS, REPLY_TOKENS = 300, 30
JUDGED_TOKENS = 60  # of an answer in the evaluation
MODELS_JUDGED = 3  # base, live and candidate
AT_ONCE = 4  # times as fast are eight answers together
START_S = 40.0  # reading, building the samples, saving


@dataclass(frozen=True, slots=True)
class Span:
    """From a low to a high estimate."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Efficiency:
    """Shares of the measured speed that are reached, low and high."""

    training: Span
    reading: Span
    writing: Span
    step_s: Span  # what a layer costs at least in a step, whatever its size


# Training: 0.13 and 0.33 of the products' limit were measured with SmolLM2, 0.5 compiled.
OPENVINO = Efficiency(Span(0.13, 0.5), Span(0.2, 0.7), Span(0.15, 0.5), Span(0, 0))
TORCH = Efficiency(Span(0.13, 0.5), Span(0.1, 0.4), Span(0.08, 0.3), Span(0, 0))
GPU = Efficiency(Span(0.05, 0.4), Span(0.05, 0.5), Span(0.1, 0.7), Span(0.0002, 0.001))


def weight_bytes(shape: Shape, machine: Machine, config: Config) -> float:
    size = float(shape.parameters * machine.dtype_bytes)
    quantized = config.model.quantize == "4bit" and machine.device == "cuda"
    return size * FOUR_BITS if quantized else size


def answering_bytes(shape: Shape, machine: Machine, config: Config) -> float:
    """On the GPU where there is one, or on all of them, otherwise of the processor's memory."""
    weights = weight_bytes(shape, machine, config)
    if machine.device != "cpu":
        return gpus_used(machine, config) * GPU_BYTES + 1.3 * weights
    return PROGRAM_BYTES + config.model.prefix_cache_mb * 1e6 + ANSWERING_COPIES * weights


def training_bytes(shape: Shape, machine: Machine, config: Config) -> float:
    """Of the trainer alone, on the GPU where there is one, or on all, otherwise of the processor's
    memory. Each GPU holds its part of the weights, and whole what is computed now.
    """
    tokens = max(TOKENS_AT_ONCE, config.train.max_tokens)
    step = tokens * shape.num_hidden_layers * _saved_bytes(shape, config, machine.dtype_bytes)
    step += LABELS_SHARE * tokens * shape.vocab_size * 12  # logits, their exponents and gradients
    weights = weight_bytes(shape, machine, config)
    if machine.device != "cpu":
        gpus = gpus_used(machine, config)
        whole = _whole_share(shape) * weights if gpus > 1 else 0.0
        return gpus * (GPU_BYTES + whole + 1.2 * step) + 1.1 * weights
    return TRAINER_BYTES + 1.1 * weights + KEPT * step


def gpus_used(machine: Machine, config: Config) -> int:
    """How many GPUs the base lies on."""
    return max(1, machine.gpus) if config.model.device == ALL_GPUS else 1


def _whole_share(shape: Shape) -> float:
    """Of the weights, what is whole at once: a layer, the next one, and the output layer."""
    tables = 1 if shape.tie_word_embeddings else 2
    layers = shape.parameters - tables * shape.output_parameters
    return (2 * layers / shape.num_hidden_layers + shape.output_parameters) / shape.parameters


def _saved_bytes(shape: Shape, config: Config, dtype_bytes: int) -> float:
    """Kept of a token in a layer for the backward pass."""
    widths = 6 * dtype_bytes + 4 * 4  # in the precision of the weights, and norms in float32
    attention = shape.num_attention_heads * config.train.max_tokens * (dtype_bytes + 4)
    gates = 4 * shape.width_used * dtype_bytes
    return shape.hidden_size * widths + attention + gates


def efficiency(shape: Shape, machine: Machine, config: Config) -> Efficiency:
    if machine.device != "cpu":
        return GPU
    takes_openvino = shape.model_type in FAMILIES and config.model.runtime != "torch"
    return OPENVINO if takes_openvino else TORCH


def reply_seconds(shape: Shape, machine: Machine, config: Config) -> Span:
    """A new prompt of 300 tokens and an answer of 30, by the first answer that is drawn."""
    found = efficiency(shape, machine, config)
    prompt = 2 * shape.layer_parameters * PROMPT_TOKENS / machine.flops
    token = weight_bytes(shape, machine, config) / machine.bandwidth
    layers = shape.num_hidden_layers

    def seconds(reading: float, writing: float, step: float) -> float:
        return prompt / reading + REPLY_TOKENS * max(token / writing, layers * step)

    return Span(
        seconds(found.reading.high, found.writing.high, found.step_s.low),
        seconds(found.reading.low, found.writing.low, found.step_s.high),
    )


def night_seconds(
    shape: Shape, machine: Machine, config: Config, tokens: float, held_out: float
) -> Span:
    """Training on so many tokens, and judging base, live adapter and candidate.

    held_out: tokens of the answers that are kept for it.
    """
    found = efficiency(shape, machine, config)
    layers = shape.layer_parameters
    per_token = 4 * layers + 4 * LABELS_SHARE * shape.output_parameters
    training = tokens * config.train.epochs * per_token / machine.flops
    prompts = config.judge.prompts
    read = MODELS_JUDGED * 2 * layers * (held_out + prompts * PROMPT_TOKENS) / machine.flops
    written = MODELS_JUDGED * prompts * JUDGED_TOKENS / AT_ONCE
    token = weight_bytes(shape, machine, config) / machine.bandwidth
    parts = tokens * config.train.epochs / TOKENS_AT_ONCE * shape.num_hidden_layers

    def seconds(train: float, reading: float, writing: float, step: float) -> float:
        steps = max(training / train, parts * 10 * step)
        return START_S + steps + read / reading + written * max(token / writing, 0.02)

    return Span(
        seconds(found.training.high, found.reading.high, found.writing.high, found.step_s.low),
        seconds(found.training.low, found.reading.low, found.writing.low, found.step_s.high),
    )

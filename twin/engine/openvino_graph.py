"""Build an OpenVINO graph from a loaded Llama or one of its kin: same weights, same arithmetic.

Inputs and states are those that OpenVINO's pipelines expect of a language model: tokens, mask and
positions of (batch, tokens); for each layer the keys and values of (batch, heads, tokens, size).
Layers follow transformers' `modeling_llama.py`; `openvino_families` says what others do otherwise.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import openvino
import torch
from openvino import opset15 as ops
from openvino.op.util import Variable, VariableInfo

from twin.engine.eight_bits import in_8_bits
from twin.engine.openvino_families import head_size, rotation_of, traits_of, window_of

MASKED = float(np.finfo(np.float32).min)


def as_graph(network: Any, positions: int, *, compressed: bool = False) -> openvino.Model:
    """Token ids to logits of (batch, tokens, vocabulary). The graph shares the weights' memory,
    unless they are `compressed` to 8 bits.

    positions: no token has a later one. `unsupported_reason(network.config)` must be None.
    """
    return _Graph(network, positions, compressed=compressed).build()


class _Graph:
    def __init__(self, network: Any, positions: int, *, compressed: bool) -> None:
        config = network.config
        self._compressed = compressed
        self._config, self._traits, self._count = config, traits_of(config), positions
        self._rotary = network.model.rotary_emb
        self._heads, self._key_heads = config.num_attention_heads, config.num_key_value_heads
        self._size = head_size(config)
        self._weights = _with_apart(network.state_dict(), self._heads, self._key_heads)
        self._tokens = _input("input_ids", [-1, -1])
        self._attended = _input("attention_mask", [-1, -1])
        self._positions = _input("position_ids", [-1, -1])
        self._order = _input("beam_idx", [-1], openvino.Type.i32)
        self._rotations: dict[str, tuple[Any, Any]] = {}
        self._masks: dict[int | None, Any] = {}
        self._no_past = self._empty_past()
        self._states: list[Any] = []

    def build(self) -> openvino.Model:
        words = self._matrix("model.embed_tokens.weight")
        hidden = ops.gather(words, self._tokens, _integers(0))
        hidden = _scaled(hidden, self._in_precision(self._traits.embedding_scale))
        for number in range(self._config.num_hidden_layers):
            hidden = self._layer(hidden, number)
        hidden = self._normed(hidden, "model.norm")
        tied = self._config.tie_word_embeddings
        head = words if tied else self._matrix("lm_head.weight")
        found = _scaled(ops.matmul(hidden, head, False, True), self._traits.logits_scale)
        logits = ops.result(found, name="logits")
        logits.output(0).get_tensor().set_names({"logits"})
        inputs = [self._tokens, self._attended, self._positions, self._order]
        return openvino.Model([logits], self._states, inputs, "model")

    def _in_precision(self, value: float) -> float:
        """As torch multiplies by it: rounded to the precision of the weights."""
        return float(torch.tensor(value, dtype=self._weights["model.embed_tokens.weight"].dtype))

    def _layer(self, hidden: Any, number: int) -> Any:
        name = f"model.layers.{number}"
        attended = self._attention(self._normed(hidden, f"{name}.input_layernorm"), number)
        before = f"{name}.pre_feedforward_layernorm"
        if f"{before}.weight" not in self._weights:
            hidden = self._added(hidden, attended)
            inner = self._normed(hidden, f"{name}.post_attention_layernorm")
            return self._added(hidden, self._feedforward(inner, f"{name}.mlp"))
        # Gemma 3 norms what a layer adds, too
        hidden = self._added(hidden, self._normed(attended, f"{name}.post_attention_layernorm"))
        passed = self._feedforward(self._normed(hidden, before), f"{name}.mlp")
        return self._added(hidden, self._normed(passed, f"{name}.post_feedforward_layernorm"))

    def _added(self, hidden: Any, new: Any) -> Any:
        return ops.add(hidden, _scaled(new, self._traits.residual_scale))

    def _feedforward(self, hidden: Any, name: str) -> Any:
        gate = self._linear(hidden, f"{name}.gate_proj")
        if self._traits.activation == "silu":
            gate = ops.swish(gate)
        else:
            gate = ops.gelu(gate, "erf" if self._traits.activation == "gelu" else "tanh")
        up = self._linear(hidden, f"{name}.up_proj")
        return self._linear(ops.multiply(gate, up), f"{name}.down_proj")

    def _attention(self, hidden: Any, number: int) -> Any:
        layer = f"model.layers.{number}"
        name, rotation = f"{layer}.self_attn", rotation_of(self._config, number)
        queries = self._rotated(self._by_heads(hidden, f"{name}.q", self._heads), rotation)
        keys = self._rotated(self._by_heads(hidden, f"{name}.k", self._key_heads), rotation)
        values = self._by_heads(hidden, f"{name}.v", self._key_heads)
        found = ops.scaled_dot_product_attention(
            queries,
            self._for_each_head(self._with_past(keys, f"{layer}.key")),
            self._for_each_head(self._with_past(values, f"{layer}.value")),
            self._mask(window_of(self._config, number)),
            _number(self._traits.attention_scale),
        )
        rows = ops.reshape(ops.transpose(found, _integers(0, 2, 1, 3)), _integers(0, 0, -1), True)
        return self._linear(rows, f"{name}.o_proj")

    def _by_heads(self, hidden: Any, name: str, heads: int) -> Any:
        """(batch, tokens, hidden) → (batch, heads, tokens, size)."""
        rows = self._linear(hidden, f"{name}_proj")
        split = ops.reshape(rows, _integers(0, 0, heads, self._size), True)
        if f"{name}_norm.weight" in self._weights:  # Qwen3, Gemma 3
            split = self._normed(split, f"{name}_norm")
        return ops.transpose(split, _integers(0, 2, 1, 3))

    def _with_past(self, new: Any, name: str) -> Any:
        """The kept keys or values and the new ones, (batch, key heads, past + tokens, size)."""
        info = VariableInfo()
        info.data_shape = openvino.PartialShape([-1, self._key_heads, -1, self._size])
        info.data_type, info.variable_id = openvino.Type.f32, name
        state = Variable(info)
        past = ops.gather(ops.read_value(self._no_past, state), self._order, _integers(0))
        joined = ops.concat([past, new], -2)
        self._states.append(ops.assign(joined, state))
        return joined

    def _for_each_head(self, kept: Any) -> Any:
        """Repeat keys or values that several query heads share (grouped-query attention)."""
        times = self._heads // self._key_heads
        if times == 1:
            return kept
        shape = ops.shape_of(kept)
        first, last = (ops.gather(shape, _integers(*at), _integers(0)) for at in ((0, 1), (2, 3)))
        wanted = ops.concat([first, _integers(times), last], 0)
        copies = ops.broadcast(
            ops.unsqueeze(kept, _integers(2)), wanted, broadcast_spec="BIDIRECTIONAL"
        )
        return ops.reshape(copies, _integers(0, self._heads, -1, self._size), True)

    def _rotated(self, rows: Any, rotation: str | None) -> Any:
        """Queries or keys, (batch, heads, tokens, size), the beginning of each, in most families
        all of it, turned by its position.
        """
        if rotation is None:
            return rows
        if rotation not in self._rotations:
            self._rotations[rotation] = self._rotary_tables(rotation)
        cosine, sine = self._rotations[rotation]
        turned = cosine.get_output_partial_shape(0)[-1].get_length()
        if turned == self._size:
            return _turned(rows, cosine, sine)
        parts = _integers(turned, self._size - turned)
        begin, rest = ops.variadic_split(rows, _integers(-1, scalar=True), parts).outputs()
        return ops.concat([_turned(begin, cosine, sine), rest], -1)

    def _rotary_tables(self, rotation: str) -> tuple[Any, Any]:
        """Cosine and sine of rotary position embedding (RoFormer, arXiv:2104.09864), of as many
        numbers of a head as are turned.

        Looked up in float32 tables: computed in bfloat16, positions beyond 200 are inexact.
        """
        speeds = getattr(self._rotary, f"{rotation}inv_freq").float().cpu().numpy()
        scale = getattr(self._rotary, f"{rotation}attention_scaling")
        half = np.outer(np.arange(self._count, dtype=np.float32), speeds)
        angles = np.concatenate([half, half], axis=-1)
        cosine, sine = (
            ops.constant((of(angles) * scale).astype(np.float32)) for of in (np.cos, np.sin)
        )
        return self._at_positions(cosine), self._at_positions(sine)

    def _at_positions(self, table: Any) -> Any:
        return ops.unsqueeze(ops.gather(table, self._positions, _integers(0)), _integers(1))

    def _mask(self, window: int | None) -> Any:
        """Added to each product of query and key: 0 up to the query's position, and not before its
        window; else MASKED. Shape (batch, 1, queries, keys).
        """
        if window not in self._masks:
            self._masks[window] = self._causal_mask(window)
        return self._masks[window]

    def _causal_mask(self, window: int | None) -> Any:
        total = ops.gather(ops.shape_of(self._attended), _integers(1, scalar=True), _integers(0))
        columns = ops.range(_integers(0, scalar=True), total, _integers(1, scalar=True), "i64")
        queries = ops.unsqueeze(self._positions, _integers(1, 3))
        before = ops.less_equal(columns, queries)
        is_word = ops.unsqueeze(ops.not_equal(self._attended, _integers(0)), _integers(1, 2))
        if window is None:
            return ops.select(ops.logical_and(before, is_word), _number(0), _number(MASKED))
        # OpenVINO's pipelines compute attention themselves, with the window that they recognise by
        # these very operations (`gpt_oss_sliding_window_pattern` in its sources).
        true = ops.constant(np.array(True))
        near = ops.greater(columns, ops.add(queries, _integers(-window, scalar=True)))
        seen = ops.bitwise_and(true, ops.bitwise_and(ops.bitwise_and(before, near), is_word))
        shape = ops.shape_of(ops.logical_and(before, is_word))
        wide = ops.broadcast(ops.bitwise_and(seen, true), shape, broadcast_spec="BIDIRECTIONAL")
        mask = ops.select(wide, _number(0), _number(MASKED))
        end = ops.unsqueeze(total, _integers(0))
        return ops.slice(mask, _integers(0), end, _integers(1), _integers(3))

    def _empty_past(self) -> Any:
        batch = ops.gather(ops.shape_of(self._tokens), _integers(0), _integers(0))
        shape = ops.concat([batch, _integers(self._key_heads, 0, self._size)], 0)
        return ops.broadcast(_number(0), shape)

    def _normed(self, rows: Any, name: str) -> Any:
        """Root mean square normalization (arXiv:1910.07467)."""
        square = ops.reduce_mean(ops.power(rows, _number(2)), _integers(-1), True)
        root = ops.sqrt(ops.add(square, _number(self._config.rms_norm_eps)))
        level = ops.multiply(rows, ops.divide(_number(1), root))
        if not self._traits.norm_offset:
            return ops.multiply(level, self._weight(f"{name}.weight"))
        weight = self._weights[f"{name}.weight"].float() + self._traits.norm_offset
        return ops.multiply(level, ops.constant(weight.cpu().numpy()))

    def _linear(self, rows: Any, name: str) -> Any:
        product = ops.matmul(rows, self._matrix(f"{name}.weight"), False, True)
        if f"{name}.bias" not in self._weights:
            return product
        return ops.add(product, self._weight(f"{name}.bias"))

    def _matrix(self, name: str) -> Any:
        if not self._compressed:
            return self._weight(name)
        numbers, scales = in_8_bits(self._weights[name].detach().cpu())
        levels = ops.convert(ops.constant(numbers.numpy()), "f32")
        return ops.multiply(levels, ops.constant(scales.numpy()))

    def _weight(self, name: str) -> Any:
        weight = self._weights[name].detach().cpu().contiguous()
        if weight.dtype != torch.bfloat16:
            return ops.constant(weight.numpy(), shared_memory=True)
        raw = weight.view(torch.uint16).numpy()  # numpy has no bfloat16
        tensor = openvino.Tensor(raw, list(weight.shape), openvino.Type.bf16)
        return ops.convert(ops.constant(tensor, shared_memory=True), "f32")


def _with_apart(
    weights: Mapping[str, torch.Tensor], heads: int, key_heads: int
) -> dict[str, torch.Tensor]:
    """Layers that Phi-3 keeps in one, under the names that others give them; they share memory."""
    parts = {
        "qkv_proj": (("q_proj", "k_proj", "v_proj"), [heads, key_heads, key_heads]),
        "gate_up_proj": (("gate_proj", "up_proj"), [1, 1]),
    }
    found = dict(weights)
    for name, weight in weights.items():
        layer, _, kind = name.rpartition(".")
        before, _, last = layer.rpartition(".")
        if last in parts:
            names, shares = parts[last]
            rows = [len(weight) * share // sum(shares) for share in shares]
            for own, part in zip(names, torch.split(weight, rows), strict=True):
                found[f"{before}.{own}.{kind}"] = part
    return found


def _turned(rows: Any, cosine: Any, sine: Any) -> Any:
    first, second = ops.split(rows, _integers(-1, scalar=True), 2).outputs()
    crosswise = ops.concat([ops.multiply(second, _number(-1)), first], -1)
    return ops.add(ops.multiply(rows, cosine), ops.multiply(crosswise, sine))


def _scaled(rows: Any, factor: float) -> Any:
    return rows if factor == 1 else ops.multiply(rows, _number(factor))


def _input(name: str, shape: list[int], kind: Any = openvino.Type.i64) -> Any:
    parameter = ops.parameter(shape, kind, name=name)
    parameter.output(0).get_tensor().set_names({name})
    return parameter


def _integers(*numbers: int, scalar: bool = False) -> Any:
    return ops.constant(np.array(numbers[0] if scalar else numbers, np.int64))


def _number(value: float) -> Any:
    return ops.constant(np.float32(value))

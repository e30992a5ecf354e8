"""Build an OpenVINO graph from a loaded Llama, Qwen2 or Qwen3: same weights, same arithmetic.

Inputs and states are those that OpenVINO's pipelines expect of a language model: tokens, mask and
positions of (batch, tokens); for each layer the keys and values of (batch, heads, tokens, size).
Layers follow transformers' `modeling_llama.py`, `modeling_qwen2.py` and `modeling_qwen3.py`.
"""

from typing import Any

import numpy as np
import openvino
import torch
from openvino import opset15 as ops
from openvino.op.util import Variable, VariableInfo

from twin.engine.runtime import OPENVINO_FAMILIES

MASKED = float(np.finfo(np.float32).min)


def unsupported_reason(config: Any) -> str | None:
    """Why no graph can be built for a transformers config; None when one can."""
    if config.model_type not in OPENVINO_FAMILIES:
        return f"models of type {config.model_type} aren't known to it here"
    if getattr(config, "auto_map", None):
        return "the model comes with code of its own"
    rope = config.rope_parameters or {}
    if rope.get("rope_type", "default") != "default":
        return f"its position encoding ({rope['rope_type']}) isn't known to it here"
    if getattr(config, "use_sliding_window", False):
        return "sliding windows aren't known to it here"
    if config.hidden_act != "silu":
        return f"its activation ({config.hidden_act}) isn't known to it here"
    return None


def head_size(config: Any) -> int:
    """Length of one head's query, key or value vector."""
    size = getattr(config, "head_dim", None)
    return int(size or config.hidden_size // config.num_attention_heads)


def as_graph(network: Any) -> openvino.Model:
    """Token ids to logits of (batch, tokens, vocabulary). The graph shares the weights' memory.

    `unsupported_reason(network.config)` must be None.
    """
    return _Graph(network).build()


class _Graph:
    def __init__(self, network: Any) -> None:
        config = network.config
        self._config, self._weights = config, network.state_dict()
        self._heads, self._key_heads = config.num_attention_heads, config.num_key_value_heads
        self._size = head_size(config)
        self._tokens = _input("input_ids", [-1, -1])
        self._attended = _input("attention_mask", [-1, -1])
        self._positions = _input("position_ids", [-1, -1])
        self._order = _input("beam_idx", [-1], openvino.Type.i32)
        self._rotation, self._mask = self._rotary_tables(), self._causal_mask()
        self._no_past = self._empty_past()
        self._states: list[Any] = []

    def build(self) -> openvino.Model:
        words = self._weight("model.embed_tokens.weight")
        hidden = ops.gather(words, self._tokens, _integers(0))
        for number in range(self._config.num_hidden_layers):
            hidden = self._layer(hidden, f"model.layers.{number}")
        hidden = self._normed(hidden, "model.norm")
        tied = self._config.tie_word_embeddings
        head = words if tied else self._weight("lm_head.weight")
        logits = ops.result(ops.matmul(hidden, head, False, True), name="logits")
        logits.output(0).get_tensor().set_names({"logits"})
        inputs = [self._tokens, self._attended, self._positions, self._order]
        return openvino.Model([logits], self._states, inputs, "model")

    def _layer(self, hidden: Any, name: str) -> Any:
        attended = self._attention(self._normed(hidden, f"{name}.input_layernorm"), name)
        hidden = ops.add(hidden, attended)
        inner = self._normed(hidden, f"{name}.post_attention_layernorm")
        gate = ops.swish(self._linear(inner, f"{name}.mlp.gate_proj"))
        up = self._linear(inner, f"{name}.mlp.up_proj")
        return ops.add(hidden, self._linear(ops.multiply(gate, up), f"{name}.mlp.down_proj"))

    def _attention(self, hidden: Any, layer: str) -> Any:
        name = f"{layer}.self_attn"
        queries = self._rotated(self._by_heads(hidden, f"{name}.q", self._heads))
        keys = self._rotated(self._by_heads(hidden, f"{name}.k", self._key_heads))
        values = self._by_heads(hidden, f"{name}.v", self._key_heads)
        found = ops.scaled_dot_product_attention(
            queries,
            self._for_each_head(self._with_past(keys, f"{layer}.key")),
            self._for_each_head(self._with_past(values, f"{layer}.value")),
            self._mask,
            _number(self._size**-0.5),
        )
        rows = ops.reshape(ops.transpose(found, _integers(0, 2, 1, 3)), _integers(0, 0, -1), True)
        return self._linear(rows, f"{name}.o_proj")

    def _by_heads(self, hidden: Any, name: str, heads: int) -> Any:
        """(batch, tokens, hidden) → (batch, heads, tokens, size)."""
        rows = self._linear(hidden, f"{name}_proj")
        split = ops.reshape(rows, _integers(0, 0, heads, self._size), True)
        if f"{name}_norm.weight" in self._weights:  # Qwen3
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

    def _rotated(self, rows: Any) -> Any:
        """Queries or keys, (batch, heads, tokens, size), turned by their position."""
        cosine, sine = self._rotation
        first, second = ops.split(rows, _integers(-1, scalar=True), 2).outputs()
        crosswise = ops.concat([ops.multiply(second, _number(-1)), first], -1)
        return ops.add(ops.multiply(rows, cosine), ops.multiply(crosswise, sine))

    def _rotary_tables(self) -> tuple[Any, Any]:
        """Cosine and sine of rotary position embedding (RoFormer, arXiv:2104.09864).

        Looked up in float32 tables: computed in bfloat16, positions beyond 200 are inexact.
        """
        steps = np.arange(0, self._size, 2) / self._size
        speeds = 1 / self._config.rope_parameters["rope_theta"] ** steps
        half = np.outer(np.arange(self._config.max_position_embeddings), speeds)
        angles = np.concatenate([half, half], axis=-1)
        cosine, sine = (ops.constant(of(angles).astype(np.float32)) for of in (np.cos, np.sin))
        return self._at_positions(cosine), self._at_positions(sine)

    def _at_positions(self, table: Any) -> Any:
        return ops.unsqueeze(ops.gather(table, self._positions, _integers(0)), _integers(1))

    def _causal_mask(self) -> Any:
        """Added to each product of query and key: 0 up to the query's position, else MASKED.

        Shape (batch, 1, queries, keys).
        """
        total = ops.gather(ops.shape_of(self._attended), _integers(1, scalar=True), _integers(0))
        columns = ops.range(_integers(0, scalar=True), total, _integers(1, scalar=True), "i64")
        before = ops.less_equal(columns, ops.unsqueeze(self._positions, _integers(1, 3)))
        is_word = ops.unsqueeze(ops.not_equal(self._attended, _integers(0)), _integers(1, 2))
        return ops.select(ops.logical_and(before, is_word), _number(0), _number(MASKED))

    def _empty_past(self) -> Any:
        batch = ops.gather(ops.shape_of(self._tokens), _integers(0), _integers(0))
        shape = ops.concat([batch, _integers(self._key_heads, 0, self._size)], 0)
        return ops.broadcast(_number(0), shape)

    def _normed(self, rows: Any, name: str) -> Any:
        """Root mean square normalization (arXiv:1910.07467)."""
        square = ops.reduce_mean(ops.power(rows, _number(2)), _integers(-1), True)
        root = ops.sqrt(ops.add(square, _number(self._config.rms_norm_eps)))
        level = ops.multiply(rows, ops.divide(_number(1), root))
        return ops.multiply(level, self._weight(f"{name}.weight"))

    def _linear(self, rows: Any, name: str) -> Any:
        product = ops.matmul(rows, self._weight(f"{name}.weight"), False, True)
        if f"{name}.bias" not in self._weights:
            return product
        return ops.add(product, self._weight(f"{name}.bias"))

    def _weight(self, name: str) -> Any:
        weight = self._weights[name].detach().cpu().contiguous()
        if weight.dtype != torch.bfloat16:
            return ops.constant(weight.numpy(), shared_memory=True)
        raw = weight.view(torch.uint16).numpy()  # numpy has no bfloat16
        tensor = openvino.Tensor(raw, list(weight.shape), openvino.Type.bf16)
        return ops.convert(ops.constant(tensor, shared_memory=True), "f32")


def _input(name: str, shape: list[int], kind: Any = openvino.Type.i64) -> Any:
    parameter = ops.parameter(shape, kind, name=name)
    parameter.output(0).get_tensor().set_names({name})
    return parameter


def _integers(*numbers: int, scalar: bool = False) -> Any:
    return ops.constant(np.array(numbers[0] if scalar else numbers, np.int64))


def _number(value: float) -> Any:
    return ops.constant(np.float32(value))

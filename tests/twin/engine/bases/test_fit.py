"""What a base needs on a machine, held against runs that were measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from storage.errors import InputError
from tests.tiny import model_config, tiny_model
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.bases.costs import Span
from twin.engine.bases.fit import fit
from twin.engine.bases.known import KnownBase, find_known, known_bases
from twin.engine.bases.machine import Machine
from twin.engine.bases.shape import read_shape, shape_of
from twin.engine.bases.spans import time_in_words

GB = 10**9
# Two cores of an AMD EPYC, as in docs/benchmarks.md and docs/evaluation.md.
EPYC = Machine(
    device="cpu",
    dtype="bfloat16",
    dtype_bytes=2,
    flops=4.1e11,
    bandwidth=3.4e10,
    cores=2,
    memory_free=20 * GB,
    memory_total=25 * GB,
    disk_free=100 * GB,
)
NIGHT = (118_000.0, 16_000.0)  # tokens trained on, and held out


def known(name: str) -> KnownBase:
    found = find_known(name)
    assert found is not None
    return found


PACKAGED = known("smollm2-135m-instruct").shape


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return model_config(tmp_path, "smollm2-135m-instruct")


def test_the_packaged_base_is_estimated_as_it_was_measured(config: Config) -> None:
    """Nights of 471 and 515 s, peaks of 4.7 and 5.9 GB, 1.65 GB after answers, 2 s a reply."""
    found = fit(PACKAGED, EPYC, config, NIGHT)
    assert found.night is not None
    assert found.night.low < 471 < 515 < found.night.high < 4 * found.night.low
    assert 3.7 * GB < found.training < 5.9 * GB
    assert 1.2 * GB < found.answering < 1.9 * GB
    assert found.reply.low < 2.2 < found.reply.high < 4
    assert found.verdict == "fits"


def test_parameters_are_those_that_the_makers_name() -> None:
    named = {
        "smollm2-135m-instruct": 134.5,
        "smollm2-360m-instruct": 361.8,
        "qwen3-0.6b": 596,
        "qwen2.5-1.5b-instruct": 1543,
        "qwen3-1.7b": 1720,
        "index-1.9b-chat": 2173,
        "smollm3-3b": 3075,
        "qwen3-4b-instruct-2507": 4022,
        "qwen3-8b": 8190,
    }
    counted = {base.name: base.shape.parameters / 1e6 for base in known_bases()}
    assert counted == pytest.approx(named, rel=0.001)


def test_the_shape_of_a_folder_is_that_of_its_network(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    folder = tiny_model(tmp_path / "base")
    network = AutoModelForCausalLM.from_pretrained(folder)
    wide = sum(weight.numel() for weight in network.parameters() if weight.dim() == 2)
    assert shape_of(folder).parameters == wide


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 10_000,
        '{"hidden_size": "8"}',
        '{"hidden_size": -1, "num_hidden_layers": 1}',
        '{"hidden_size": 1e400}',
        json.dumps({"hidden_size": 10**30, "num_hidden_layers": 1, "num_attention_heads": 1}),
        json.dumps({"hidden_size": 8, "num_hidden_layers": True, "num_attention_heads": 1}),
    ],
)
def test_a_config_that_says_too_little_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(InputError, match=r"config\.json"):
        shape_of(tmp_path)


def test_other_names_and_a_model_that_sees() -> None:
    gpt2 = read_shape({"n_embd": 768, "n_layer": 12, "n_head": 12, "vocab_size": 50257}, "gpt2")
    assert gpt2.layer_parameters == 12 * 12 * 768**2
    text = {"hidden_size": 640, "num_hidden_layers": 18, "num_attention_heads": 4}
    sees = read_shape({"model_type": "gemma3", "vocab_size": 9, "text_config": text}, "gemma3")
    assert (sees.hidden_size, sees.num_key_value_heads) == (640, 4)


def test_a_mixture_holds_all_experts_and_computes_some() -> None:
    """Qwen3-30B-A3B and Mixtral-8x7B, as their makers count."""
    shared = {"num_attention_heads": 32, "head_dim": 128, "intermediate_size": 6144}
    qwen = shared | {"hidden_size": 2048, "num_hidden_layers": 48, "num_key_value_heads": 4}
    qwen |= {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768}
    found = read_shape(qwen | {"vocab_size": 151936}, "qwen3_moe")
    assert found.parameters / 1e9 == pytest.approx(30.5, rel=0.01)
    active = found.layer_parameters + 2 * found.output_parameters
    assert active / 1e9 == pytest.approx(3.3, rel=0.03)
    mixtral = shared | {"hidden_size": 4096, "num_hidden_layers": 32, "num_key_value_heads": 8}
    mixtral |= {"num_local_experts": 8, "num_experts_per_tok": 2, "intermediate_size": 14336}
    found = read_shape(mixtral | {"vocab_size": 32000}, "mixtral")
    assert found.parameters / 1e9 == pytest.approx(46.7, rel=0.01)


@pytest.mark.parametrize(
    ("machine", "tokens", "verdict", "says"),
    [
        (EPYC, NIGHT, "fits", "room and is fast enough"),
        (replace(EPYC, memory_total=5 * GB), NIGHT, "no", "training needs about 5"),
        (replace(EPYC, memory_free=4 * GB), NIGHT, "tight", "close other programs"),
        (replace(EPYC, memory_total=int(6.2 * GB)), NIGHT, "tight", "while it trains"),
        (replace(EPYC, disk_free=GB), NIGHT, "no", "of the disk"),
        (EPYC, (8e6, 16e3), "tight", "may take over 6 h"),
        (EPYC, (8e7, 16e3), "no", "max_samples shortens it"),
        (replace(EPYC, flops=4e9, bandwidth=1e9), (1e3, 1e2), "tight", "may wait over 30 s"),
        (replace(EPYC, flops=1e8, bandwidth=1e7), (1e3, 1e2), "no", "would wait over 90 s"),
        (EPYC, (0.0, 0.0), "fits", "room"),
    ],
)
def test_verdicts(
    config: Config, machine: Machine, tokens: tuple[float, float], verdict: str, says: str
) -> None:
    found = fit(PACKAGED, machine, config, tokens)
    assert found.verdict == verdict
    assert says in found.reason
    assert (found.night is None) == (tokens[0] == 0)


def test_a_gpu_counts_by_its_own_memory(tmp_path: Path) -> None:
    card = replace(
        EPYC, device="cuda", gpu="a card", gpu_free=12 * GB, gpu_total=12 * GB, bandwidth=4e11
    )
    four = known("qwen3-4b-instruct-2507").shape
    whole, quantized = (
        fit(four, card, model_config(tmp_path, "x", quantize=how)) for how in ("none", "4bit")
    )
    assert "there is 12.0 GB" in whole.reason
    assert quantized.training < whole.training - 4 * GB


def test_a_larger_base_never_costs_less(config: Config) -> None:
    found = [fit(base.shape, EPYC, config, NIGHT) for base in known_bases()]
    for key in ("answering", "training"):
        costs = [getattr(one, key) for one in found]
        assert costs == sorted(costs)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (Span(0.61, 1.9), "about 0.6–1.9 s"),
        (Span(5, 5.2), "about 5 s"),
        (Span(61, 119), "about 61–120 s"),
        (Span(480, 1500), "about 8–25 min"),
        (Span(30 * 60, 119 * 60), "about 30–120 min"),
        (Span(3600, 3 * 3600), "about 1.0–3 h"),
        (Span(86_400, 40 * 86_400), "about 1.0–40 days"),
        (Span(86_400, 123_456 * 86_400), "about 1.0–120000 days"),
    ],
)
def test_estimates_in_words(span: Span, words: str) -> None:
    assert time_in_words(span) == words


def test_every_known_base_can_be_a_setting(tmp_path: Path) -> None:
    for base in known_bases():
        path = tmp_path / "config.toml"
        path.write_text(f'[model]\nbase = "{base.name}"\nhub = "modelscope"')
        assert load_config(path).model.base == base.name
        assert base.languages
        assert set(base.tokens_per_char) == {"en", "zh"}
        assert base.package or base.download_bytes > base.shape.parameters


@pytest.mark.parametrize(
    ("hub", "good"),
    [
        ("huggingface", True),
        (" ModelScope ", True),
        ("https://hf-mirror.com/", True),
        ("http://127.0.0.1:8000", True),
        ("http://hf-mirror.com", False),
        ("https://user@hf-mirror.com", False),
        ("https://", False),
        ("https://x:port", False),
        ("ftp://x", False),
        ("", False),
        ("hf-mirror.com", False),
    ],
)
def test_the_setting_of_a_hub(tmp_path: Path, hub: str, good: bool) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[model]\nhub = {json.dumps(hub)}")
    if good:
        assert load_config(path).model.hub == hub.strip().rstrip("/").lower()
        return
    with pytest.raises(InputError, match="no hub"):
        load_config(path)

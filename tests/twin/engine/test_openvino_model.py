"""OpenVINO's model answers as torch's does, token by token, whatever was asked before."""

import sys
from pathlib import Path

import openvino
import pytest
import torch
from openvino import opset15
from transformers import AutoTokenizer, Qwen2Config, Qwen3Config
from transformers.models.auto import AutoModelForCausalLM

from storage.errors import InputError, TwinError
from tests.tiny import tiny_model
from tests.twin.engine.asking import greedy, said
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine import openvino_model, runtime
from twin.engine.base import LoadedModel
from twin.engine.eight_bits import compression, round_to_8_bits
from twin.engine.model import TorchModel, load_torch_model
from twin.engine.openvino_model import OpenVinoModel

pytestmark = pytest.mark.slow

CHATS = ("hello there", "how are you today?", "see you tomorrow :)", "你好，在吗", "", "a b " * 40)


def config_for(folder: Path, base: Path, runtime_name: str = "openvino") -> Config:
    path = folder / "config.toml"
    path.write_text(
        f'[model]\nbase = "{base}"\ndevice = "cpu"\ndtype = "float32"\n'
        f'runtime = "{runtime_name}"\nprefix_cache_mb = 1\ncompress = "off"\n',
        encoding="utf-8",
    )
    return load_config(path)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("openvino")
    return config_for(folder, tiny_model(folder / "base", spread=0.5))


@pytest.fixture(scope="module")
def reference(config: Config) -> LoadedModel:
    return load_torch_model(config, None)


@pytest.fixture
def model(config: Config) -> LoadedModel:
    return runtime.load_model(config, None)


def test_a_batch_is_answered_as_torch_answers_it(
    model: LoadedModel, reference: LoadedModel
) -> None:
    assert isinstance(model, OpenVinoModel)
    batch = [said(text) for text in CHATS]
    assert greedy(model, batch) == greedy(reference, batch)
    assert model.generate([], 12, 0.0, 1.0) == []


def test_chats_that_begin_alike_are_never_mixed_up(
    model: LoadedModel, reference: LoadedModel
) -> None:
    """Nine chats, eight slots, a small cache: each chat goes on from its own beginning."""
    chats = [said(f"{text} {number % 2}") for number, text in enumerate((*CHATS, *CHATS[:3]))]
    for _ in range(4):
        for at in (0, 3, 6):
            answered = greedy(model, chats[at : at + 3])
            assert answered == greedy(reference, chats[at : at + 3])
            for chat, (text, _, _) in zip(chats[at : at + 3], answered, strict=True):
                chat.append({"role": "assistant", "content": text})
                chat.append({"role": "user", "content": "and then?"})


def test_a_seed_repeats_the_answers(model: LoadedModel) -> None:
    def ask(seed: int) -> str:
        return model.generate([said("hi")], 16, 1.0, 1.0, seed)[0].text

    assert ask(5) == ask(5)
    assert ask(5) != ask(6)


def test_a_prompt_without_room_is_refused_and_the_next_is_answered(
    model: LoadedModel, reference: LoadedModel
) -> None:
    with pytest.raises(TwinError, match=r"a prompt of \d{5} tokens has no room in memory; lower"):
        model.generate([said("a b " * 9000)], 4, 0.0, 1.0)
    assert greedy(model, [said("hi")]) == greedy(reference, [said("hi")])


def test_the_likeliest_of_several_is_taken_as_torch_would(
    model: LoadedModel, reference: TorchModel
) -> None:
    batch = [said(text) for text in CHATS]
    singles, chosen = (model.generate(batch, 8, 1.0, 1.0, 5, candidates=n) for n in (1, 8))
    again = model.generate(batch, 8, 1.0, 1.0, 5, candidates=8)
    assert [reply.text for reply in again] == [reply.text for reply in chosen]
    assert [reply.text for reply in singles] != [reply.text for reply in chosen]
    greedily = [reply.text for reply in model.generate(batch, 8, 0.0, 1.0, candidates=4)]
    assert greedily == [text for text, _, _ in greedy(reference, batch, 8)]


def test_a_score_is_the_log_probability_before_temperature_and_top_p(
    config: Config, reference: TorchModel
) -> None:
    model = OpenVinoModel(reference, config)
    prompt = reference.format.render(said("hi"))
    settings = model._settings(6, temperature=0.7, top_p=0.8, seed=3, candidates=3)
    [result] = model._results([openvino_model._tensor(prompt)], [settings])
    for tokens, score in zip(result.m_generation_ids, result.m_scores, strict=True):
        whole = torch.tensor([[*prompt, *tokens]])
        logits = reference.network(whole).logits[0, len(prompt) - 1 : -1].float()
        drawn = logits.log_softmax(-1).gather(1, torch.tensor(tokens)[:, None])
        assert score == pytest.approx(drawn.sum().item(), rel=1e-3)


def test_top_p_zero_takes_the_likeliest(model: LoadedModel) -> None:
    likeliest = greedy(model, [said("hi")])
    [reply] = model.generate([said("hi")], 24, 1.0, 0.0)
    assert (reply.text, reply.tokens, reply.stopped) == likeliest[0]


def test_no_weights_stay_on_the_disk(config: Config, model: LoadedModel) -> None:
    assert list(config.path_of("models").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size")
def test_without_room_on_the_disk_it_says_so(config: Config) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(TwinError, match=r"can't write the model .* free some disk space"):
            runtime.load_model(config, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(config.path_of("models").iterdir()) == []


def test_what_a_killed_process_left_is_deleted(config: Config) -> None:
    left = config.path_of("models", f"{openvino_model.SCRATCH}999999999-x")
    left.mkdir(parents=True)
    (left / "weights.bin").write_bytes(b"weights")
    runtime.load_model(config, None)
    assert not left.exists()


def test_telemetry_is_disabled(model: OpenVinoModel) -> None:
    """With its package for that, importing OpenVINO reports to Google Analytics."""
    assert sys.modules["openvino_telemetry"] is None
    assert "openvino.tools.ovc.telemetry_stub" in sys.modules


@pytest.mark.parametrize(("family", "head"), [(Qwen2Config, 8), (Qwen3Config, 16)])
def test_other_families_are_answered_as_torch_answers_them(
    family: type, head: int, tmp_path: Path
) -> None:
    base = tiny_model(tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(base)
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(
        family(
            vocab_size=len(tokenizer) + 5,  # some models have more rows than words
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=head,
            max_position_embeddings=2048,
            tie_word_embeddings=False,
            initializer_range=0.5,
        )
    )
    model.lm_head.weight.data[len(tokenizer) :] = 0  # as if trained: those rows never win
    for name, weight in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(weight)  # they begin at zero, where a lost one isn't seen
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(base)
    config = config_for(tmp_path, base)
    batch = [said(text) for text in CHATS]
    assert greedy(runtime.load_model(config, None), batch) == greedy(
        load_torch_model(config, None), batch
    )


def test_the_runtime_is_the_owners_choice(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = Path(config.model.base)
    plain = runtime.load_model(config_for(tmp_path, base, "torch"), None)
    assert not isinstance(plain, OpenVinoModel)
    monkeypatch.setattr(runtime, "unsupported_reason", lambda _: "it is odd")
    assert not isinstance(
        runtime.load_model(config_for(tmp_path, base, "auto"), None), OpenVinoModel
    )
    with pytest.raises(InputError, match=r"runtime = 'openvino': it is odd"):
        runtime.load_model(config_for(tmp_path, base), None)


def test_weights_in_8_bits_are_the_owners_choice(
    config: Config, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounded = load_torch_model(config, None)
    round_to_8_bits(rounded.network)
    batch = [said(text) for text in CHATS]
    caplog.set_level("INFO")
    model = runtime.load_model(config.with_values("model", compress="on"), None)
    assert (
        greedy(model, batch)
        == greedy(rounded, batch)
        != greedy(load_torch_model(config, None), batch)
    )
    assert "weights in 8 bits when answering: set in the config" in caplog.text
    auto, found = config.with_values("model", compress="auto").model, []
    for amx, wide in ((True, True), (False, True), (False, False)):
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda amx=amx: amx)
        monkeypatch.setattr(torch.cpu, "_is_avx512_supported", lambda wide=wide: wide)
        found.append(compression(auto)[0])
    assert found == [False, True, False]


def test_a_model_that_openvino_refuses_is_torchs(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_graph(*_: object, **__: object) -> openvino.Model:
        parameter = opset15.parameter([1])
        return openvino.Model([opset15.result(parameter)], [parameter], "no language model")

    monkeypatch.setattr(openvino_model, "as_graph", no_graph)
    base = Path(config.model.base)
    assert not isinstance(
        runtime.load_model(config_for(tmp_path, base, "auto"), None), OpenVinoModel
    )
    with pytest.raises(InputError, match=r"OpenVINO refuses the model"):
        runtime.load_model(config_for(tmp_path, base), None)

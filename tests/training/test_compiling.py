"""Compiled layers learn what plain ones learn, and their absence stops nothing."""

import logging
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from sqlite_utils import Database

from tests.tiny import tiny_lora
from training.compiling import WORTHWHILE_TOKENS, compile_layers
from training.loss import batch_on, label_losses
from training.run import run_training
from training.speed import speed_up
from twin.config.schema import Config

# torch's compiler warns of torch's own code.
pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")

ENOUGH = WORTHWHILE_TOKENS


def sample(length: int, start: int) -> dict[str, Any]:
    ids = [start + at % 20 for at in range(length)]
    return {"input_ids": ids, "labels": [-100] * (length // 2) + ids[length // 2 :]}


SAMPLES = [sample(12, 5), sample(9, 8)]
# Of other sizes than the batch that the layers were compiled with; one is a sample alone.
BATCHES = [
    [sample(21, 6), sample(20, 7), sample(11, 9)],
    [sample(5, 5), sample(6, 9)],
    [sample(7, 4)],
]


def fast_lora(base: Path, dropout: float = 0.0) -> Any:
    model = tiny_lora(base, dropout)
    speed_up(model)
    return model


def learn(model: Any) -> tuple[list[float], dict[str, torch.Tensor]]:
    losses = []
    for samples in BATCHES:
        loss = label_losses(model, batch_on(model, samples))[0].mean()
        torch.autograd.backward(loss)
        losses.append(loss.item())
    return losses, {n: p.grad for n, p in model.named_parameters() if p.grad is not None}


def is_compiled(model: Any) -> bool:
    return any(module._compiled_call_impl is not None for module in model.modules())


@pytest.fixture(autouse=True)
def own_compiler(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a trainer's process has to itself is put back for the other tests."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "any")
    torch._dynamo.reset()
    yield
    torch.compiler.set_stance("default")
    torch._dynamo.reset()


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of one compilation for all tests: it takes longer than a night of the tiny base."""
    return tmp_path_factory.mktemp("torch") / "code"


needs_compiler = pytest.mark.skipif(
    not (shutil.which("g++") and Path(sysconfig.get_path("include"), "Python.h").exists()),
    reason="torch compiles with g++ and Python's headers (Debian: apt install g++ python3-dev)",
)


@pytest.mark.slow
@needs_compiler
def test_compiled_layers_give_the_plain_loss_and_gradients(tiny_base: Path, code: Path) -> None:
    plain, compiled = fast_lora(tiny_base), fast_lora(tiny_base)
    assert compile_layers(compiled, label_losses, SAMPLES, ENOUGH, code)
    assert is_compiled(compiled)
    assert code.stat().st_mode & 0o777 == 0o700
    expected_losses, expected = learn(plain)
    losses, gradients = learn(compiled)
    assert losses == pytest.approx(expected_losses, rel=1e-3)
    assert gradients.keys() == expected.keys()
    for name, gradient in gradients.items():
        assert torch.allclose(gradient, expected[name], atol=1e-4), name


@pytest.mark.slow
@needs_compiler
def test_a_night_finds_the_compiled_code_and_learns_with_it(
    chats: Database,
    config: Config,
    code: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("training.compiling.WORTHWHILE_TOKENS", 1)
    code.mkdir(exist_ok=True)
    config.path_of("compiled").symlink_to(code)
    # Layers as above, so that their code is the same.
    train = config.train.model_copy(update={"rank": 4, "alpha": 8, "epochs": 4.0})
    result = run_training(config.model_copy(update={"train": train}), chats, "test", show=False)
    assert "layers compiled" in caplog.text
    assert result["loss"] < result["base_loss"]
    assert result["verdict"]["promoted"]


@pytest.mark.slow
def test_without_a_compiler_training_goes_on_as_before(
    tiny_base: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", ("no-such-compiler",))
    monkeypatch.setattr("torch._inductor.config.cpp.vec_isa_ok", True)  # looked up with it, slowly
    plain, tried = fast_lora(tiny_base), fast_lora(tiny_base)
    assert not compile_layers(tried, label_losses, SAMPLES, ENOUGH, tmp_path / "code")
    assert "not compiled: " in caplog.text
    assert not is_compiled(tried)
    assert all(p.grad is None for p in tried.parameters())
    assert learn(tried)[0] == learn(plain)[0]


@pytest.mark.parametrize(
    ("dropout", "tokens", "reason"),
    [(0.0, ENOUGH - 1, "39999 tokens"), (0.1, ENOUGH, "dropout")],
)
def test_what_would_not_pay_is_not_compiled(
    tiny_base: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    dropout: float,
    tokens: int,
    reason: str,
) -> None:
    caplog.set_level(logging.INFO)
    model = fast_lora(tiny_base, dropout)
    assert not compile_layers(model, label_losses, SAMPLES, tokens, tmp_path / "code")
    assert reason in caplog.text
    assert not (tmp_path / "code").exists()

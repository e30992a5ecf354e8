"""The contest's answerers: eight prompts of 300 tokens, a reply of 30 tokens to each.

`cold` prompts were never seen before; `again` is the next message of a talk that goes on.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import recipe, work
from benchmarks.gguf_file import write_gguf
from twin.config.schema import Config
from twin.engine import runtime
from twin.engine.base import LoadedModel
from twin.engine.base_models import resolve_base
from twin.engine.model import choose_device, load_tokenizer, load_torch_model
from twin.prompting.chat_template import Turn

NEW_TOKENS = 30
NEVER_WRITTEN = "<filename>"  # a stop token that no answer contains

Result = dict[str, float]


def answer_recipe_base(config: Config) -> Result:
    return _answer_recipe(config, None)


def answer_recipe_adapter(config: Config) -> Result:
    return _answer_recipe(config, _adapter(config))


def answer_llama_cpp(config: Config) -> Result:
    return _llama_cpp(config, seen=False)


def decode_llama_cpp(config: Config) -> Result:
    return _llama_cpp(config, seen=True)


def decode_ours(config: Config) -> Result:
    """The same prompts a second time: nothing is left but to write."""
    voice = runtime.load_model(config, _adapter(config))
    talks = _warm(config, voice, again=False)
    _answer(voice, talks)
    return _counted([_timed(_answer, voice, [talk]) for talk in talks])


def answer_torch_adapter(config: Config) -> Result:
    return _one_by_one(config, load_torch_model(config, _adapter(config)))


def answer_ours_base(config: Config) -> Result:
    return _one_by_one(config, runtime.load_model(config, None))


def answer_ours_adapter(config: Config) -> Result:
    return _one_by_one(config, runtime.load_model(config, _adapter(config)))


def answer_ours_again(config: Config) -> Result:
    return _one_by_one(config, runtime.load_model(config, _adapter(config)), again=True)


def eight_torch(config: Config) -> Result:
    return _together(config, load_torch_model(config, _adapter(config)))


def eight_ours(config: Config) -> Result:
    return _together(config, runtime.load_model(config, _adapter(config)))


def eight_ours_again(config: Config) -> Result:
    return _together(config, runtime.load_model(config, _adapter(config)), again=True)


def _adapter(config: Config) -> Path:
    """Any adapter that `train_ours` made; the contest's order puts it first."""
    return next(config.path_of("adapters").iterdir())


def _answer_recipe(config: Config, adapter: Path | None) -> Result:
    model = recipe.load_for_inference(resolve_base(config), adapter)
    fmt = work.format_of(config)
    prompts = [fmt.render(turns) for turns in work.prompts(config, fmt)]
    recipe.generate(model, prompts[0], 2)  # a warm-up
    return _counted([_timed(recipe.generate, model, ids, NEW_TOKENS) for ids in prompts])


def _llama_cpp(config: Config, *, seen: bool) -> Result:
    """llama.cpp by itself: the base in the same precision, one slot, nothing of ours around it."""
    import xllamacpp

    voice = load_torch_model(config, None)
    prompts = [voice.format.render(turns) for turns in work.prompts(config, voice.format)]
    options = xllamacpp.CommonParams()
    with tempfile.TemporaryDirectory(dir=config.data) as folder:
        options.model.path = str(Path(folder) / "base.gguf")
        write_gguf(voice.network, voice.tokenizer, voice.format, Path(options.model.path))
        options.n_ctx, options.verbosity = 1024, -1
        server = xllamacpp.Server(options)
        asked = {"temperature": 0.0, "ignore_eos": True, "cache_prompt": seen}
        server.handle_completions({**asked, "prompt": prompts[0], "max_tokens": 2})
        times = []
        for ids in prompts:
            if seen:
                server.handle_completions({**asked, "prompt": ids, "max_tokens": 1})
            started = time.perf_counter()
            asked_now = {**asked, "prompt": ids, "max_tokens": NEW_TOKENS}
            answer = server.handle_completions(asked_now)
            times.append(time.perf_counter() - started)
            assert answer["usage"]["completion_tokens"] == NEW_TOKENS
    return _counted(times)


def _one_by_one(config: Config, voice: LoadedModel, *, again: bool = False) -> Result:
    talks = _warm(config, voice, again=again)
    return _counted([_timed(_answer, voice, [talk]) for talk in talks])


def _together(config: Config, voice: LoadedModel, *, again: bool = False) -> Result:
    talks = _warm(config, voice, again=again)
    return _counted([_timed(_answer, voice, talks)])


def _warm(config: Config, voice: LoadedModel, *, again: bool) -> list[list[Turn]]:
    """What is to be answered; with `again` each talk's last message was answered before."""
    assert choose_device(config) == "cpu"
    # The same number of tokens for everybody.
    voice.format.stop_ids = [load_tokenizer(config).convert_tokens_to_ids(NEVER_WRITTEN)]
    talks = work.prompts(config, voice.format)
    _answer(voice, [[{"role": "user", "content": "a warm-up"}]])
    if not again:
        return talks
    said = voice.generate(talks, NEW_TOKENS, 0.0, 1.0)
    return [
        [
            *talk,
            {"role": "assistant", "content": reply.text},
            {"role": "user", "content": "and what did you say to that?"},
        ]
        for talk, reply in zip(talks, said, strict=True)
    ]


def _answer(voice: LoadedModel, talks: list[list[Turn]]) -> None:
    replies = voice.generate(talks, NEW_TOKENS, 0.0, 1.0)
    assert all(reply.tokens == NEW_TOKENS for reply in replies)


def _timed(call: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - started


def _counted(times: list[float]) -> Result:
    """`last`: seconds until the last of them had its answer, where all asked at once."""
    return {"seconds": sum(times), "tokens": work.PROMPTS * NEW_TOKENS, "last": max(times)}

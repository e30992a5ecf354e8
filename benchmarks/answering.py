"""The answering entries of `make bench`: eight prompts of 300 tokens, a reply of 30 to each.

`again` is the next message of a conversation whose earlier part was answered before; the prompts
of the other entries are new to the model.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import recipe, shared_inputs
from benchmarks.gguf_file import write_gguf
from twin.config.schema import Config
from twin.engine import runtime
from twin.engine.base import LoadedModel
from twin.engine.base_models import resolve_base
from twin.engine.model import load_tokenizer, load_torch_model
from twin.prompting.chat_template import Turn

NEW_TOKENS = 30

Result = dict[str, float]


def answer_recipe_base(config: Config) -> Result:
    return _answer_recipe(config, None)


def answer_recipe_adapter(config: Config) -> Result:
    return _answer_recipe(config, _adapter(config))


def answer_llama_cpp(config: Config) -> Result:
    return _answer_with_llama_cpp(config, seen=False)


def decode_llama_cpp(config: Config) -> Result:
    return _answer_with_llama_cpp(config, seen=True)


def decode_llama_cpp_8_bits(config: Config) -> Result:
    return _answer_with_llama_cpp(config, seen=True, in_8_bits=True)


def decode_ours(config: Config) -> Result:
    return _decode_ours(config, "off")


def decode_ours_8_bits(config: Config) -> Result:
    return _decode_ours(config, "on")


def _decode_ours(config: Config, compress: str) -> Result:
    """The same prompts a second time, so that only writing is left to compute."""
    config = config.with_values("model", compress=compress)
    model = runtime.load_model(config, _adapter(config))
    conversations = _prepare(config, model, again=False)
    _answer(model, conversations)
    return _result([_timed(_answer, model, [conversation]) for conversation in conversations])


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
    """Any adapter that `train_ours` made, which runs first."""
    return next(config.path_of("adapters").iterdir())


def _answer_recipe(config: Config, adapter: Path | None) -> Result:
    model = recipe.load_for_inference(resolve_base(config), adapter)
    fmt = shared_inputs.format_of(config)
    prompts = [fmt.render(turns) for turns in shared_inputs.prompts(config, fmt)]
    recipe.generate(model, prompts[0], 2)  # a warm-up
    return _result([_timed(recipe.generate, model, ids, NEW_TOKENS) for ids in prompts])


def _answer_with_llama_cpp(config: Config, *, seen: bool, in_8_bits: bool = False) -> Result:
    """llama.cpp without our engine: the base in the same precision or in 8 bits, one slot."""
    import xllamacpp

    base = load_torch_model(config, None)
    conversations = shared_inputs.prompts(config, base.format)
    prompts = [base.format.render(turns) for turns in conversations]
    options = xllamacpp.CommonParams()
    with tempfile.TemporaryDirectory(dir=config.data) as folder:
        options.model.path = str(Path(folder) / "base.gguf")
        parts = base.network, base.tokenizer, base.format
        write_gguf(*parts, Path(options.model.path), in_8_bits=in_8_bits)
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
    return _result(times)


def _one_by_one(config: Config, model: LoadedModel, *, again: bool = False) -> Result:
    conversations = _prepare(config, model, again=again)
    return _result([_timed(_answer, model, [conversation]) for conversation in conversations])


def _together(config: Config, model: LoadedModel, *, again: bool = False) -> Result:
    conversations = _prepare(config, model, again=again)
    return _result([_timed(_answer, model, conversations)])


def _prepare(config: Config, model: LoadedModel, *, again: bool) -> list[list[Turn]]:
    """The conversations to answer, after a warm-up; with `again` each was answered once before."""
    # Every entry writes the same number of tokens: the last word of a vocabulary ends none.
    model.format.stop_ids = [len(load_tokenizer(config)) - 1]
    conversations = shared_inputs.prompts(config, model.format)
    _answer(model, [[{"role": "user", "content": "a warm-up"}]])
    if not again:
        return conversations
    replies = model.generate(conversations, NEW_TOKENS, 0.0, 1.0)
    return [
        [
            *conversation,
            {"role": "assistant", "content": reply.text},
            {"role": "user", "content": "and what did you say to that?"},
        ]
        for conversation, reply in zip(conversations, replies, strict=True)
    ]


def _answer(model: LoadedModel, conversations: list[list[Turn]]) -> None:
    replies = model.generate(conversations, NEW_TOKENS, 0.0, 1.0)
    assert all(reply.tokens == NEW_TOKENS for reply in replies)


def _timed(call: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - started


def _result(times: list[float]) -> Result:
    """`last`: seconds until the last conversation had its answer, where all asked at once."""
    return {"seconds": sum(times), "tokens": shared_inputs.PROMPTS * NEW_TOKENS, "last": max(times)}

"""Writing alone, ours and llama.cpp's, in full and in 8 bits: `python -m benchmarks.writing`.

All four are in one process and write the same number of tokens after the same prompt, round after
round, so that a busy machine treats them alike; ratios are taken within a round. The base is the
settings' default, or that of `--base`. `--cores 1` keeps all to one core, whose seconds say most
where other programs have the rest. Printed too: how busy the machine was.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks.gguf_file import write_gguf
from benchmarks.measure import spread
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.base import LoadedModel
from twin.engine.model import TorchModel, load_torch_model
from twin.engine.openvino_model import OpenVinoModel
from twin.prompting.chat_template import Turn

TOKENS = 48
TALK = "Tell me about the weekend: who was there, what did you eat, and when are you back?"

Write = Callable[[], None]


def ours(base: TorchModel, config: Config, *, compressed: bool) -> Write:
    model: LoadedModel = OpenVinoModel(base, config, compressed=compressed)

    def write() -> None:
        [reply] = model.generate([_talk()], TOKENS, 0.0, 1.0)
        assert reply.tokens == TOKENS

    return write


def llama_cpp(base: TorchModel, folder: Path, *, in_8_bits: bool) -> Write:
    """Its prompt stays in its cache, as ours does."""
    import xllamacpp

    file = folder / f"{in_8_bits}.gguf"
    write_gguf(base.network, base.tokenizer, base.format, file, in_8_bits=in_8_bits)
    options = xllamacpp.CommonParams()
    options.model.path, options.n_ctx, options.verbosity = str(file), 1024, -1
    threads = len(os.sched_getaffinity(0))
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(options)
    asked: dict[str, Any] = {"temperature": 0.0, "ignore_eos": True, "cache_prompt": True}
    asked |= {"prompt": base.format.render(_talk()), "max_tokens": TOKENS}

    def write() -> None:
        answer = server.handle_completions(asked)
        assert answer["usage"]["completion_tokens"] == TOKENS

    return write


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second of the clock, and of the processor: the clock counts what else ran."""

    clock: float
    processor: float


Round = dict[str, Speed]


def measured(writers: Mapping[str, Write], rounds: int) -> list[Round]:
    """Of each writer, round by round; the first round, a warm-up, is left out."""
    return [{name: _speed(write) for name, write in writers.items()} for _ in range(rounds + 1)][1:]


def _speed(write: Write) -> Speed:
    clock, processor = perf_counter(), process_time()
    write()
    return Speed(TOKENS / (perf_counter() - clock), TOKENS / (process_time() - processor))


def table(rounds: list[Round]) -> str:
    """Each with its speeds, and its ratio to each one before it, by the processor's seconds."""
    lines = [
        "| writing alone | tokens/s | tokens a processor second | times as fast as |",
        "|---|---|---|---|",
    ]
    names = list(rounds[0])
    for at, name in enumerate(names):
        clock = spread([each[name].clock for each in rounds])
        processor = spread([each[name].processor for each in rounds])
        ratios = [
            f"{other}: {spread([each[name].processor / each[other].processor for each in rounds])}"
            for other in names[:at]
        ]
        lines.append(f"| {name} | {clock} | {processor} | {'<br>'.join(ratios) or '–'} |")
    return "\n".join(lines)


def _talk() -> list[Turn]:
    return [{"role": "user", "content": TALK}]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="", help="another base, as [model] base names it")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cores", type=int, default=0, help="of those there are; 0: all")
    arguments = parser.parse_args()
    if arguments.cores:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text('[paths]\ndata = "."\n', encoding="utf-8")
        config = load_config(folder / "config.toml")
        if arguments.base:
            config = config.with_values("model", base=arguments.base)
        base = load_torch_model(config, None)
        base.format.stop_ids = [base.network.config.vocab_size - 1]  # so rare that none ends
        writers = {
            "llama.cpp": llama_cpp(base, folder, in_8_bits=False),
            "ours": ours(base, config, compressed=False),
            "llama.cpp, 8 bits": llama_cpp(base, folder, in_8_bits=True),
            "ours, 8 bits": ours(base, config, compressed=True),
        }
        loads = [os.getloadavg()[0]]
        rounds = measured(writers, arguments.rounds)
        loads.append(os.getloadavg()[0])
    print(f"{len(rounds)} rounds, median (least to most); load {median(loads):.1f}\n")
    print(table(rounds))


if __name__ == "__main__":
    main()

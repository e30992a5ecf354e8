"""Answer by real servers with a tiny base: `python -m benchmarks.real_servers`.

llama.cpp's is killed in the middle of fifty replies and started again; `transformers serve` is
asked with messages.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.gguf_file import write_gguf
from tests.ports import free_port
from tests.tiny import model_config, tiny_model
from tests.twin.engine.server.asking import turns
from tests.twin.engine.server.killing import BEFORE, FRIENDS, kill_in_the_middle
from tests.twin.engine.server.program import Program, transformers_serve
from tests.twin.fakes import FakeTime
from twin.config.engine_section import EngineSettings
from twin.config.schema import Config
from twin.engine.base import Limits
from twin.engine.model import load_torch_model
from twin.engine.server.engine import ServerEngine

LLAMA_CPP = """
import sys, time
from pathlib import Path
from tests.llama_cpp import llama_cpp
with llama_cpp(Path(sys.argv[1]), slots=4, port=int(sys.argv[2])):
    time.sleep(3600)
"""


def asking(config: Config, server: str, **settings: object) -> ServerEngine:
    engine = EngineSettings(server=server, **settings)  # type: ignore[arg-type]
    reply = config.reply.model_copy(update={"max_tokens": 24})
    return ServerEngine(config.model_copy(update={"engine": engine, "reply": reply}))


async def killed_llama_cpp(config: Config, folder: Path) -> str:
    model, port = load_torch_model(config, None), free_port()
    write_gguf(model.network, model.tokenizer, model.format, folder / "base.gguf")
    command = [sys.executable, "-c", LLAMA_CPP, str(folder / "base.gguf"), str(port)]
    program = Program(command, port)
    await program.start()
    try:
        engine = asking(config, program.url)
        await engine.start()
        await kill_in_the_middle(folder / "bot", FakeTime(), engine, program.kill, program.start)
        failed = engine.throughput.failed
        await engine.stop()
    finally:
        await program.kill()
    return (
        f"llama.cpp killed after {BEFORE} of {FRIENDS} replies: 0 lost, 0 doubled, {failed} failed"
    )


async def served_by_transformers(config: Config) -> str:
    base = str(config.model.base)
    async with transformers_serve(base) as url:
        engine = asking(config, url, kind="openai", model=base)
        await engine.start()
        began = time.perf_counter()
        replies = [await engine.reply(turns("hello there"), Limits(12, 0.0)) for _ in range(2)]
        seconds = time.perf_counter() - began
        await engine.stop()
    same = "the same twice" if replies[0].text == replies[1].text else "not the same"
    return f"transformers serve: answers of {replies[0].tokens} tokens, {same}, {seconds:.1f} s"


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = model_config(folder, tiny_model(folder / "base", spread=0.3))
        print(await killed_llama_cpp(config, folder))
        print(await served_by_transformers(config))


if __name__ == "__main__":
    asyncio.run(main())

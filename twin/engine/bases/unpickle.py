"""A process of its own, which writes the pickled weights of the folder in its argument anew.

A pickle is a program. Only torch's weights-only reader sees it, which knows tensors and the
containers around them; `confined` takes away what else it could want.
"""

import shutil
import sys
from pathlib import Path

from storage.errors import InputError
from twin.engine.bases.confined import leave_network, refuse_the_rest
from twin.engine.bases.pickles import pickles_in

SCRATCH = ".converting"
SPARE_BYTES = 3 * 10**9  # for what is written at once, and for torch


def main() -> None:
    """What is wrong with the files goes to stderr, in one line."""
    leave_network()
    folder = Path(sys.argv[1])
    try:
        convert(folder, pickles_in(folder))
    except InputError as error:
        sys.exit(str(error))
    except (MemoryError, RuntimeError) as error:  # torch raises the latter without memory
        sys.exit(f"{type(error).__name__}: {' '.join(str(error).split())[:150]}")


def convert(folder: Path, files: list[Path]) -> None:
    """All of it or nothing: what says which weights there are is moved last."""
    # They load torch, which starts threads and loads libraries: after one step, before the other.
    from twin.engine.bases.index_family import rewrite_as_llama
    from twin.engine.bases.weights_only import write_safetensors

    refuse_the_rest(2 * max(path.stat().st_size for path in files) + SPARE_BYTES)
    scratch = folder / SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        write_safetensors(folder, files, scratch)
        rewrite_as_llama(folder, scratch)
        for path in sorted(scratch.iterdir(), key=lambda path: path.suffix == ".json"):
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()

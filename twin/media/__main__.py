"""Read strangers' files, one after the other: `python -m twin.media pictures`, started by the bot.

Decoders are C code, and files come from anybody: once all is loaded, this process connects to
nobody, starts nothing, writes no file, and has limited memory and time. It takes a line of JSON
with a path, and answers with one; it ends when its stdin is closed.
"""

import argparse
import base64
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import IO, Protocol

from twin.child_process import NICENESS, lower_priority
from twin.engine.bases.confined import leave_network, refuse_the_rest
from twin.engine.bases.limits import usable_cores
from twin.media.contents import HEAD, Content, content_of
from twin.media.failures import NO_MEMORY, Failure, Unreadable
from twin.media.pictures import shown

MOST_BYTES = 100_000_000
MEMORY_BYTES = 2 * 10**9  # more than it takes when all is loaded
CPU_S = {"pictures": 120, "voices": 1200}  # for one file
BROKEN: Failure = "broken"
# Windows has no such limits, and some systems refuse them.
_WHERE_KNOWN = contextlib.suppress(ImportError, OSError, ValueError)


class Reader(Protocol):
    @property
    def name(self) -> str: ...

    def read(self, data: bytes, content: Content) -> str: ...


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m twin.media", description=__doc__)
    parser.add_argument("part", choices=sorted(CPU_S))
    parser.add_argument("--whisper", type=Path, default=Path())
    parser.add_argument("--language", default="")
    parser.add_argument("--idle", action="store_true")
    given = parser.parse_args(arguments)
    leave_network()
    answers = _own_stdout()
    _be_modest(given.idle)
    try:
        reader = _loaded(given)
    except Exception as error:  # boundary: the bot says why nothing is read
        _say(answers, {"unusable": f"{type(error).__name__}: {error}"[:300]})
        return 1
    refuse_the_rest(MEMORY_BYTES)
    _write_no_files()
    _say(answers, {"reader": reader.name})
    for line in sys.stdin:
        _limit_time(CPU_S[given.part])
        asked = json.loads(line)
        _say(answers, answer(reader, Path(asked["path"]), show=asked["show"]))
    return 0


def answer(reader: Reader, file: Path, *, show: bool = False) -> dict[str, str]:
    """What is in the file, or why nothing can be read there. `show`: with a small JPEG of it."""
    try:
        data = _data(file)
        content = content_of(data[:HEAD])
        if content is None:
            raise Unreadable("unknown")
        told = {"text": reader.read(data, content)}
        if show:
            told["picture"] = base64.b64encode(shown(data, content)).decode("ascii")
        return told
    except Unreadable as error:
        return {"failure": error.failure}
    except MemoryError:
        return {"failure": NO_MEMORY}
    except Exception as error:  # boundary: decoders raise whatever they like for a broken file
        # OpenVINO says so in an error of its own.
        return {"failure": NO_MEMORY if "bad_alloc" in str(error) else BROKEN}


def _data(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable("gone") from error
    if not data:
        raise Unreadable("empty")
    if len(data) > MOST_BYTES:
        raise Unreadable("too_large")
    return data


def _loaded(given: argparse.Namespace) -> Reader:
    """Imports what is optional, and loads the model."""
    threads = 1 if given.idle else max(1, usable_cores() - 1)
    if given.part == "pictures":
        from twin.media.written import Writing

        return Writing(threads)
    from twin.media.spoken import Speech

    return Speech(given.whisper, given.language, threads)


def _be_modest(is_idle: bool) -> None:
    """The bot answers meanwhile, and its loop must not wait for a processor."""
    if is_idle:
        lower_priority()
    elif os.name == "posix":
        os.nice(NICENESS)


def _own_stdout() -> IO[str]:
    """The pipe to the bot. What libraries print goes nowhere: it may quote strangers."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    return pipe


def _say(answers: IO[str], told: dict[str, str]) -> None:
    answers.write(json.dumps(told) + "\n")
    answers.flush()


def _write_no_files() -> None:
    with _WHERE_KNOWN:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _limit_time(seconds: int) -> None:
    """Of the processor, from now on. Above it the system ends this process."""
    with _WHERE_KNOWN:
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        limit = round(used.ru_utime + used.ru_stime) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


if __name__ == "__main__":
    sys.exit(main())

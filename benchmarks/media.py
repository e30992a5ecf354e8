"""How well and how fast files of messages are read: `python -m benchmarks.media`.

Thirty made-up pictures are drawn. `--voices FOLDER --whisper MODEL`: recordings instead, each with
a text of the same name (a.wav, a.txt) that says what is said. Everything passes the process that
the bot uses; the figures are without the time that it takes to load.
"""

import argparse
import asyncio
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from rapidfuzz.distance import Levenshtein

from benchmarks.drawn_pictures import Drawn, drawn_pictures
from twin.config.load import FullConfig
from twin.media.reader import MediaRead, MediaReader
from twin.media.reader_process import ReaderProcess

_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    wanted: str
    read: MediaRead
    wall_s: float
    cpu_s: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.media", description=__doc__)
    parser.add_argument("--voices", type=Path, help="recordings and what is said in them")
    parser.add_argument("--whisper", type=Path, help="the folder of the model that reads them")
    parser.add_argument("--language", default="en")
    parser.add_argument("--each", action="store_true", help="show what was read, file by file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twin-media-") as folder:
        asyncio.run(_measure(given, Path(folder)))


async def _measure(given: argparse.Namespace, folder: Path) -> None:
    config = FullConfig(path=folder / "config.toml", data=folder)
    if given.whisper:
        config = config.with_values("media", whisper=str(given.whisper.resolve()))
    reader = MediaReader(config, given.language)
    if given.voices:
        voices = [
            Drawn(text.stem, file.read_bytes(), text.read_text("utf-8").strip())
            for text in sorted(given.voices.glob("*.txt"))
            for file in given.voices.glob(f"{text.stem}.*")
            if file != text
        ]
        await _measure_all(reader, "voice", voices, folder, given.each)
    else:
        await _measure_all(reader, "image", list(drawn_pictures()), folder, given.each)
    await reader.close()


async def _measure_all(
    reader: MediaReader, kind: str, files: list[Drawn], folder: Path, each: bool
) -> None:
    process = reader.process_of(kind)
    await _read(reader, process, kind, files[0], folder)  # loads it
    rows = [await _read(reader, process, kind, file, folder) for file in files]
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.name.rpartition(" ")[0] or row.name].append(row)
        if each:
            print(f"{row.name}: {row.read.failure or row.read.text!r} ({row.wall_s:.2f} s)")
    print(f"read by {rows[0].read.reader}")
    print("| | files | characters wrong | words wrong | s | CPU s |\n|---|---|---|---|---|---|")
    for name, some in (*_joined(groups).items(), ("all", rows)):
        print(f"| {name} | {len(some)} | {_errors(some, _characters)} | {_errors(some, _words)} | "
              f"{_mean(some, 'wall_s')} | {_mean(some, 'cpu_s')} |")  # fmt: skip
    print(f"peak memory of its process: {_peak_mb(process):.0f} MB")


def _joined(groups: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """By the first word."""
    found: dict[str, list[Row]] = defaultdict(list)
    for name, rows in groups.items():
        kind = " ".join(name.split()[:2]) if name.startswith("screenshot") else name.split()[0]
        found[kind] += rows
    return found


async def _read(
    reader: MediaReader, process: ReaderProcess, kind: str, file: Drawn, folder: Path
) -> Row:
    path = folder / "file"
    path.write_bytes(file.data)
    before, began = _cpu_s(process), time.perf_counter()
    read = await reader.read(path, kind, is_friends=True)
    wall_s = time.perf_counter() - began
    return Row(file.name, file.words, read, wall_s, _cpu_s(process) - before)


def _cpu_s(process: ReaderProcess) -> float:
    if process.pid is None:
        return 0.0
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


def _peak_mb(process: ReaderProcess) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def _characters(text: str) -> list[str]:
    """Without signs and blanks."""
    return list(_SIGNS.sub("", text).casefold())


def _words(text: str) -> list[str]:
    return _SIGNS.sub(" ", text).casefold().split()


def _errors(rows: list[Row], parts: Callable[[str], list[str]]) -> str:
    wrong = all_ = 0
    for row in rows:
        wanted, got = parts(row.wanted), parts(row.read.text)
        wrong += Levenshtein.distance(wanted, got)
        all_ += len(wanted)
    return f"{wrong} of {all_}"


def _mean(rows: list[Row], figure: str) -> str:
    return f"{sum(getattr(row, figure) for row in rows) / len(rows):.2f}"


if __name__ == "__main__":
    main()

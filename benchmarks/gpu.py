"""What a CUDA GPU makes of it, in full and in 4 bits: `python -m benchmarks.gpu`.

One prepared run for whoever has such a machine for an hour: training and answering of the packaged
base and of one with the shape of the recipe's and random weights, the memory on the GPU, and the
room that a bot makes for a training. Prints a table, and writes it to `--table`. What fails is a
row, and the rest goes on. Without a GPU it says so in a line.

`--rehearse` goes the same way on a processor with a tiny base, so that the run is known to work
before an hour is paid for: its figures say nothing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import PROJECT

PACKAGED, RECIPES = "packaged", "1.9B"
FULL, FOUR = "none", "4bit"
# What is measured: its title, and in which weights. The recipe knows one.
WAYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "train_recipe": ("training, the recipe", (FULL,)),
    "train_trl": ("training, TRL's SFTTrainer", (FULL,)),
    "train_ours": ("training, ours", (FULL, FOUR)),
    "answer_recipe_adapter": ("answering, the recipe with its adapter", (FULL,)),
    "answer_ours_adapter": ("answering, ours", (FULL, FOUR)),
    "eight_ours": ("eight friends at once, ours", (FULL, FOUR)),
    "make_room": ("the bot while a training needs the GPU", (FULL, FOUR)),
}
COMPARED_WITH = {
    "train_trl": "train_recipe",
    "train_ours": "train_recipe",
    "answer_ours_adapter": "answer_recipe_adapter",
    "eight_ours": "answer_recipe_adapter",
}
SAMPLES, FEW = 160, 32
LONGEST_S = 1800
RECIPE_GB = 6.0  # of GPU memory, as the recipe says of its training


@dataclass(frozen=True, slots=True)
class Entry:
    """One process: a way of `WAYS` with one base, its weights as [model] quantize says."""

    way: str
    base: str
    quantize: str

    @property
    def title(self) -> str:
        return f"{WAYS[self.way][0]}{', 4 bits' if self.quantize == FOUR else ''}"


Figures = Mapping[str, float | str]
Results = Mapping[Entry, Figures]


def plan(*, rehearses: bool, has_four_bits: bool) -> list[Entry]:
    """Trainings first: the answers need their adapters."""
    widths = {FULL, FOUR} if has_four_bits and not rehearses else {FULL}
    bases = (PACKAGED,) if rehearses else (PACKAGED, RECIPES)
    return [
        Entry(way, base, width)
        for base in bases
        for way, (_, known) in WAYS.items()
        for width in known
        if width in widths
    ]


def run(entries: Sequence[Entry], folder: Path, device: str, samples: int) -> Results:
    """Each in a process of its own, so that the memory of one is no other's."""
    found: dict[Entry, Figures] = {}
    for at, entry in enumerate(entries, start=1):
        print(f"{at} of {len(entries)}: {entry.base}, {entry.title}", file=sys.stderr, flush=True)
        given = json.dumps(asdict(entry) | {"device": device, "samples": samples})
        command = [sys.executable, "-m", "benchmarks.gpu_entries", given, str(folder)]
        found[entry] = _figures(command)
    return found


def _figures(command: Sequence[str]) -> Figures:
    try:
        ended = subprocess.run(
            command,
            cwd=PROJECT,
            check=False,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            # The recipe's library would take every GPU by itself.
            env={"CUDA_VISIBLE_DEVICES": "0"} | os.environ,
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {LONGEST_S // 60} minutes"}
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if line.strip()]
        return {"failed": said[-1][:200] if said else f"exit code {ended.returncode}"}
    figures: Figures = json.loads(ended.stdout.splitlines()[-1])
    return figures


def table(results: Results) -> str:
    """`times`: as fast as the recipe with the same base."""
    lines = [
        "| base | | tokens/s | times | held-out loss | on the GPU, GB at most |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(entry, figures, results) for entry, figures in results.items()]
    return "\n".join([*lines, "", *_remarks(results)])


def _row(entry: Entry, figures: Figures, results: Results) -> str:
    if "failed" in figures:
        said = str(figures["failed"]).replace("|", "/")
        return f"| {entry.base} | {entry.title} | failed: {said} | – | – | – |"
    speed, other = _speed(figures), Entry(COMPARED_WITH.get(entry.way, ""), entry.base, FULL)
    against = _speed(results.get(other, {}))
    times = f"{speed / against:.2f}" if speed and against else "–"
    loss = f"{figures['held_out']:.3f}" if "held_out" in figures else "–"
    told = f"{speed:.0f}" if speed else "–"
    memory = _memory(figures)
    return f"| {entry.base} | {entry.title} | {told} | {times} | {loss} | {memory} |"


def _memory(figures: Figures) -> str:
    if "room_gb" in figures:
        during, after = figures["room_gb"], figures["back_gb"]
        return f"{figures['held_gb']:.2f}, during it {during:.2f}, then {after:.2f}"
    return f"{figures['gpu_gb']:.2f}" if figures.get("gpu_gb") else "–"


def _remarks(results: Results) -> Iterator[str]:
    for entry, figures in results.items():
        if "room_gb" in figures:
            yield (
                f"{entry.base}, {entry.title}: left the GPU in {figures['leave_s']:.1f} s, "
                f"answered {figures['answered']} of {figures['asked']} meanwhile, was back in "
                f"{figures['return_s']:.1f} s."
            )
        if (entry.way, entry.base) == ("train_ours", RECIPES) and "gpu_gb" in figures:
            yield f"{entry.title}: {figures['gpu_gb']:.1f} GB; the recipe says {RECIPE_GB:.0f} GB."


def _speed(figures: Figures) -> float:
    return float(figures["tokens"]) / float(figures["seconds"]) if "tokens" in figures else 0.0


def machine() -> str:
    """The GPU and the versions that count. Raises SystemExit where there is none."""
    import torch

    if not torch.cuda.is_available():
        raise SystemExit(
            "no CUDA GPU on this machine: nothing is measured (--rehearse shows that the run works)"
        )
    name, memory = torch.cuda.get_device_name(), torch.cuda.get_device_properties(0).total_memory
    return f"{name}, {memory / 1e9:.0f} GB, torch {torch.__version__}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--rehearse", action="store_true")
    parser.add_argument("--table", type=Path, help="a file for the table")
    given = parser.parse_args()
    has_four_bits = find_spec("bitsandbytes") is not None
    title = "a rehearsal: no figure counts" if given.rehearse else machine()
    if not (has_four_bits or given.rehearse):
        print("bitsandbytes is not installed: nothing in 4 bits", file=sys.stderr)
    entries = plan(rehearses=given.rehearse, has_four_bits=has_four_bits)
    with tempfile.TemporaryDirectory(prefix="twin-gpu-") as name:
        device = "cpu" if given.rehearse else "cuda"
        results = run(entries, Path(name), device, FEW if given.rehearse else SAMPLES)
    text = f"`{' '.join(['python -m benchmarks.gpu', *sys.argv[1:]])}`, {title}\n\n{table(results)}"
    print(text)
    if given.table:
        given.table.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

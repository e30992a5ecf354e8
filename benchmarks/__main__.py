"""Compare the blog recipe, TRL, llama.cpp and ours on the same model and samples (`make bench`).

Every entry runs in a process of its own, one after the other, in turn over several rounds, so
that a machine whose speed drifts treats all entries alike. A run of all entries writes its table
into docs/benchmarks.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import PROJECT, peak_gb
from benchmarks.results_table import ENTRIES, Round, table, write_into_docs

NOT_QUICK = {
    "train_recipe_without_checkpointing",
    "answer_recipe_base",
    "answer_torch_adapter",
    "answer_ours_base",
    "decode_llama_cpp",
    "decode_llama_cpp_8_bits",
    "decode_ours",
    "decode_ours_8_bits",
    "eight_torch",
    "eight_ours",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=160, help="a multiple of 16")
    parser.add_argument("--quick", action="store_true", help="one round of the main entries")
    parser.add_argument("--only", default="", help="entries whose name begins so, or so,or so")
    parser.add_argument("--json", action="store_true", help="print every single figure")
    parser.add_argument("--entry", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.entry:
        _run_entry(given.entry[0], Path(given.entry[1]))
        return
    entries = [name for name in ENTRIES if name.startswith(tuple(given.only.split(",")))]
    if given.quick:
        entries, given.rounds, given.samples = [e for e in entries if e not in NOT_QUICK], 1, 32
    with tempfile.TemporaryDirectory(prefix="twin-bench-") as folder:
        rounds = _run_rounds(Path(folder), given.rounds, given.samples, entries)
    if given.json:
        print(json.dumps(rounds))
        return
    text = table(rounds, given.samples)
    print(text)
    if not given.quick and not given.only:
        write_into_docs(PROJECT / "docs" / "benchmarks.md", text, sys.argv[1:])


def _run_rounds(folder: Path, rounds: int, samples: int, entries: list[str]) -> list[Round]:
    from benchmarks.shared_inputs import prepare

    prepare(folder, samples)
    if "train_ours" not in entries:
        _measure("train_ours", folder)  # the answers need its adapter
    results = []
    for number in range(1, rounds + 1):
        measured: Round = {}
        for name in entries:
            print(f"round {number} of {rounds}: {name}", file=sys.stderr)
            measured[name] = _measure(name, folder)
        results.append(measured)
    return results


def _measure(name: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks", "--entry", name, str(folder)]
    ended = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{name} failed:\n{ended.stderr[-2000:]}")
    result: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return result


def _run_entry(name: str, folder: Path) -> None:
    from benchmarks import answering, hardware_limits, training
    from benchmarks.shared_inputs import config_of
    from twin.engine.device import choose_device
    from twin.engine.model import silence_logs

    silence_logs()
    assert choose_device(config_of(folder).model) == "cpu", "for GPUs: python -m benchmarks.gpu"
    [module] = [one for one in (training, answering, hardware_limits) if hasattr(one, name)]
    result = getattr(module, name)(config_of(folder))
    print(json.dumps(result | {"peak_gb": peak_gb()}))


if __name__ == "__main__":
    main()

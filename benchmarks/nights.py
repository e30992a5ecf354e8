"""Train consecutive nights on a real person's chats: `python -m benchmarks.nights FOLDER`.

Each night imports the messages until then, trains and evaluates as the bot does, and continues with
the adapter that is live. Prints the scores of base, live and candidate as Markdown for each night.
"""

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from storage.database import open_database
from storage.importers.import_files import import_paths
from training.demo.sample_chats import OWNER_NAME, sample_chats
from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options
from twin.config.load import load_config
from twin.formatting import cell
from twin.score_labels import SCORE_LABELS

NIGHTS = ("2018-05-09", "2018-05-10", "2018-05-11")
SETTINGS = """\
[paths]
data = "."
[owner]
name = "{owner}"
[dataset]
max_samples = {samples}
[train]
strategy = "{strategy}"
"""


def main(folder: Path, strategy: str, samples: int, nights: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    settings = SETTINGS.format(owner=OWNER_NAME, strategy=strategy, samples=samples)
    path.write_text(settings, encoding="utf-8")
    for night in nights:
        _import_until(folder, night)
        # The run after 00:00 of the next day; its data ends with that day.
        command = trainer_command(path, "nightly")
        options = process_options() | {"stdout": subprocess.PIPE}
        ended = subprocess.run(command, check=True, **options)
        result = json.loads(ended.stdout)
        (folder / f"{night}.json").write_text(json.dumps(result), encoding="utf-8")
        print(_markdown(night, result), flush=True)


def _import_until(folder: Path, day: str) -> None:
    exports = folder / "exports"
    exports.mkdir(exist_ok=True)
    for friend, rows in sample_chats().items():
        kept = [row for row in rows if row[0] <= f"{day} 23:59:59"]
        if kept:
            text = json.dumps(kept, ensure_ascii=False)
            (exports / f"{friend}.json").write_text(text, encoding="utf-8")
    db = open_database(load_config(folder / "config.toml").database)
    report = import_paths(db, [exports], me="我", format=None)
    db.conn.close()
    print(f"\n### Night after {day}: {report.new} new messages\n")


def _markdown(night: str, result: dict[str, Any]) -> str:
    if "skipped" in result:
        return str(result["skipped"])
    scores = result["scores"]
    who = [name for name in ("base", "live", "candidate", "person") if name in scores]
    lines = [f"| | {' | '.join(who)} |", f"|---|{'---|' * len(who)}"]
    for measure in SCORE_LABELS:
        values = [measure.of(scores[name]) for name in who]
        lines.append(f"| {measure.name} | {' | '.join(values)} |")
    notes = [
        "",
        result["summary"],
        f"{result['samples']} samples, {result['tokens']} tokens at "
        f"{result['tokens_per_second']}/s, {result['seconds']:.0f} s in all, "
        f"{result['peak_mb']} MB; phases: {result['phases']}",
        f"differences: {result['against']}; strangeness {cell(result['strangeness'])}",
    ]
    return "\n".join([*lines, *notes])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nights", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--strategy", choices=("fresh", "continue"), default="fresh")
    parser.add_argument("--samples", type=int, default=1600, help="[dataset] max_samples")
    parser.add_argument("--nights", nargs="+", default=list(NIGHTS), metavar="DATE")
    given = parser.parse_args()
    main(given.folder, given.strategy, given.samples, given.nights)

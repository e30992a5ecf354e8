"""Train consecutive nights on a real person's chats: `python -m benchmarks.nights FOLDER`.

Each night imports the messages until then, trains and evaluates as the bot does, and continues with
the adapter that is live. Prints the scores of base, live and candidate as Markdown for each night.
`--writer 2` takes the second most active writer of chitchat-dataset, and one night with all their
messages unless `--nights` names days.
"""

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.chitchat import writer
from storage.database import open_database
from storage.importers.import_files import import_paths
from training.demo.sample_chats import OWNER_NAME, ExportedMessage, sample_chats
from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options
from twin.config.load import load_config
from twin.formatting import cell
from twin.score_labels import SCORE_LABELS, columns_of

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
[judge]
prompts = {prompts}
"""
Chats = dict[str, list[ExportedMessage]]


def main(folder: Path, settings: str, place: int, nights: list[str]) -> None:
    """`place`: the writer's, by how much they wrote."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    path.write_text(settings, encoding="utf-8")
    chats = sample_chats(writer(place))
    for night in nights or (NIGHTS if place == 1 else [_last_day(chats)]):
        _import_until(folder, chats, night)
        # The run after 00:00 of the next day; its data ends with that day.
        command = trainer_command(path, "nightly")
        options = process_options() | {"stdout": subprocess.PIPE}
        ended = subprocess.run(command, check=True, **options)
        result = json.loads(ended.stdout)
        (folder / f"{night}.json").write_text(json.dumps(result), encoding="utf-8")
        print(_markdown(night, result), flush=True)


def _last_day(chats: Chats) -> str:
    return max(rows[-1][0] for rows in chats.values())[: len("2018-05-09")]


def _import_until(folder: Path, chats: Chats, day: str) -> None:
    exports = folder / "exports"
    exports.mkdir(exist_ok=True)
    for friend, rows in chats.items():
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
    columns = columns_of(result)
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for measure in SCORE_LABELS:
        values = [measure.of(each) for each in columns.values()]
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
    parser.add_argument("--prompts", type=int, default=50, help="[judge] prompts")
    parser.add_argument("--writer", type=int, default=1, help="by how much they wrote")
    parser.add_argument("--nights", nargs="+", default=[], metavar="DATE")
    given = parser.parse_args()
    settings = SETTINGS.format(
        owner=OWNER_NAME,
        strategy=given.strategy,
        samples=given.samples,
        prompts=given.prompts,
    )
    main(given.folder, settings, given.writer, given.nights)

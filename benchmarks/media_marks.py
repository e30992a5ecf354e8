"""What reading a friend's voices gains: loss and choices on held-out answers of a trained folder.

    python -m benchmarks.media_marks FOLDER [--share 0.5] [--samples 200]

No public chats come with their voices, so the set is constructed: a drawn share of the lines that
friends typed stands there as voices, `[voice] the line` where they were read and `[voice]` where
not, each made by the code of samples and answers. What is heard is taken to be right; what a reader
gets wrong is measured by benchmarks/media.py. The folder is a trained one, such as the demo's; give
a copy. Its adapter learnt before there were marks, unless its own chats have files.
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.held_out import LiveTwin, live_twin
from storage.messages import Message
from training.dataset.samples import Sample
from training.evaluation.asked_model import AskedModel
from training.evaluation.candidates import find_places
from training.evaluation.four import choose, four_score
from training.evaluation.kept_scores import KeptScores
from training.evaluation.promotion_gate import difference
from twin.prompting.media_marks import as_read

Rewrite = Callable[[str], str]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.media_marks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="a copy of a trained data folder")
    parser.add_argument("--share", type=float, default=0.5, help="of friends' lines, as voices")
    parser.add_argument("--samples", type=int, default=200, help="the newest held-out answers")
    given = parser.parse_args()
    print(json.dumps(measure(live_twin(given.folder), given.share, given.samples), indent=1))


def measure(twin: LiveTwin, share: float, most: int) -> dict[str, Any]:
    """Of the live adapter, with the lines as they were typed, as read voices and as unread ones."""
    typed, read, unread = (
        [_sent(sample, share, rewrite) for sample in twin.built.held_out[-most:]]
        for rewrite in (str, _read, _unread)
    )
    voices = [at for at, sample in enumerate(typed) if read[at].input != sample.input]
    model = AskedModel(twin.config, twin.adapter, KeptScores(twin.config))
    shown = {"typed": typed, "read": read, "unread": unread}
    held_out = {name: [all_of[at] for at in voices] for name, all_of in shown.items()}
    places = find_places(replace(twin.built, held_out=held_out["typed"]), len(voices))
    losses, found = {}, dict[str, Any]()
    for name, samples in held_out.items():
        losses[name] = model.losses(samples)
        choices = choose(model, twin.config, samples, places)
        own = four_score([choice.own for choice in choices])
        others = four_score([choice.others for choice in choices])
        tokens = sum(count for _, count in losses[name])
        found[name] = {
            "loss a token": round(sum(total for total, _ in losses[name]) / tokens, 4),
            "real of four, beside own answers": own and asdict(own),
            "real of four, beside other people's": others and asdict(others),
        }
    for name, other in (("read", "unread"), ("read", "typed")):
        gap = difference(losses[name], losses[other])
        found[f"{name} minus {other}, loss a token"] = gap and asdict(gap)
    return {"answers": len(voices), "share of lines that are voices": share, **found}


def _sent(sample: Sample, share: float, rewrite: Rewrite) -> Sample:
    """The sample with the same drawn lines rewritten, in its earlier exchanges too."""
    rng = random.Random(f"{sample.chat_id} {sample.conversation} {sample.position}")

    def side(text: str) -> str:
        lines = text.split("\n") if text else []
        return "\n".join(rewrite(line) if rng.random() < share else line for line in lines)

    history = tuple((side(asked), answered) for asked, answered in sample.history)
    return replace(sample, input=side(sample.input), history=history)


def _read(line: str) -> str:
    return _voice(line).text


def _unread(line: str) -> str:
    return _voice(None).text


def _voice(heard: str | None) -> Message:
    return as_read(Message(0, 0, "peer", "voice", "", 0, None, media_text=heard))


if __name__ == "__main__":
    main()

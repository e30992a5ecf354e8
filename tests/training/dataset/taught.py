"""What the dataset learns from an import, with no filter of quality in between."""

from pathlib import Path

from sqlite_utils import Database

from storage.chats import all_chats
from storage.consent import record_consent
from training.dataset.build import build
from twin.config.load import FullConfig

_EVERYTHING = {
    "official": False,
    "max_chars": 0,
    "max_lines": 0,
    "copied": False,
    "min_script_share": 0.0,
    "max_alike": 0,
    "max_filler_share": 1.0,
}


def taught_lines(db: Database) -> list[str]:
    """The lines of all answers, also of those that are only shown as context.

    Everyone agrees, as the platforms' rules want it.
    """
    for chat in all_chats(db):
        if chat.kind != "self":
            record_consent(db, chat.id, "everyone", now=0)
    config = FullConfig.model_validate(
        {
            "path": Path("config.toml"),
            "data": Path(),
            "privacy": {"mask": False},
            "quality": _EVERYTHING,
            "dataset": {"held_out": 0.0},
        }
    )
    samples = build(db, config).train
    answers = [answer for sample in samples for _, answer in (*sample.history, ("", sample.output))]
    return list(dict.fromkeys(line for answer in answers for line in answer.split("\n")))

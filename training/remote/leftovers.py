"""Note which other machine has samples of this twin, and have them deleted there."""

import json
import logging
import time
from pathlib import Path
from typing import Any

from storage.atomic_files import write_json
from storage.errors import TwinError
from training.remote.connection import connected
from twin.config.schema import Config, TrainSettings

log = logging.getLogger(__name__)


WEEK_S = 7 * 24 * 3600.0


def note_sent(config: Config, key: str) -> None:
    """Before the first byte goes. Raises TwinError."""
    write_json(_note_of(config, key), config.train.model_dump(mode="json"))


def was_sent(config: Config, key: str) -> bool:
    return _note_of(config, key).exists()


def end_leftovers(config: Config, but: str | None = None) -> list[str]:
    """Delete on other machines what was sent there, except for the parcel `but`.

    What could not be, a line each; the next call tries again. There it goes by itself within a day.
    """
    lines = [_end(path) for path in sorted(_folder(config).glob("*.json")) if path.stem != but]
    return [line for line in lines if line is not None]


def _end(note: Path) -> str | None:
    try:
        if time.time() - note.stat().st_mtime > WEEK_S:
            note.unlink()  # long gone there, or the machine is
            return None
        settings = TrainSettings.model_validate(json.loads(note.read_text(encoding="utf-8")))
        with connected(settings) as there:
            told: dict[str, Any] = there.ask("end", note.stem)[0]
        if left := told.get("left"):
            many = len(left) if isinstance(left, list) else "some"
            return f"{settings.on}: {many} files of a training can't be deleted there"
    except TwinError as error:
        return f"samples may lie there until a day has passed: {error}"
    except (OSError, ValueError) as error:
        log.warning("%s: can't be read (%s)", note, type(error).__name__)
        return None
    note.unlink(missing_ok=True)
    return None


def _note_of(config: Config, key: str) -> Path:
    return _folder(config) / f"{key}.json"


def _folder(config: Config) -> Path:
    return config.path_of("elsewhere")

"""Whether files of messages can be read: what is missing, and how many wait for it."""

import sys

from sqlite_utils import Database

from storage.texts import Text, joined
from twin.config.schema import Config
from twin.diagnostics.findings import Check, problem
from twin.media.needs import Part
from twin.media.pending import count_unread
from twin.media.reader import PARTS, has_model, missing_packages, whisper_folder

_NAME = "files of messages"


def check_media(config: Config, db: Database) -> Check:
    """The first thing that is in the way; nothing is while no file waits for what is missing."""
    media = config.media
    if not media.read:
        return Check(_NAME, "ok", "not read, as [media] read says")
    if media.whisper and not has_model(config):
        return problem("no_whisper_model", folder=whisper_folder(config))
    if media.whisper and (missing := missing_packages("voices")):
        return problem("no_voice_packages", **_to_install(missing))
    if media.describe and not config.engine.server:
        return problem("nothing_describes")
    missing = missing_packages("pictures")
    pictures, voices = _waiting(db, "pictures"), _waiting(db, "voices")
    if missing and pictures:
        return problem("pictures_unread", count=pictures, **_to_install(missing))
    if voices and not media.whisper:
        return problem("voices_unread", count=voices)
    read = [
        Text("pictures are not read") if missing else Text("pictures and stickers are read"),
        Text("voices are written down") if media.whisper else Text("voices are not"),
    ]
    return Check(_NAME, "ok", joined(", ", read))


def _waiting(db: Database, part: Part) -> int:
    return count_unread(db, [kind for kind, of in PARTS.items() if of == part])


def _to_install(packages: list[str]) -> dict[str, str]:
    return {"packages": " ".join(packages), "python": sys.executable}

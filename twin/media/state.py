"""How far the files of messages are read, and what is missing to read them."""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.database import reading
from twin.config.schema import Config
from twin.language import N_, Language
from twin.media.needs import Part
from twin.media.pending import read_so_far, unread_by_kind
from twin.media.reader import PARTS, can_read, has_model, missing_packages

_NOT_READ: Mapping[Part, str] = {
    "pictures": N_("Pictures and stickers are not read: {why}"),
    "voices": N_("Voices are not read: {why}"),
}


@dataclass(frozen=True, slots=True)
class MediaState:
    """`unread`: files of each kind that can be read here and are not yet; `elsewhere`: of the kinds
    that can't. `failures`: how many could not be read, by the code of the reason.
    """

    read: int
    unread: Mapping[str, int]
    elsewhere: Mapping[str, int]
    failures: Mapping[str, int]

    @property
    def left(self) -> int:
        return sum(self.unread.values())


def media_state(config: Config) -> MediaState:
    """It counts: not for the event loop."""
    with reading(config.database) as db:
        found, told = unread_by_kind(db, list(PARTS)), read_so_far(db)
    here = {kind: files for kind, files in found.items() if can_read(config, kind)}
    read = told.pop("", 0)
    rest = {kind: files for kind, files in found.items() if kind not in here}
    return MediaState(read, here, rest, told)


def not_read_here(language: Language, config: Config) -> list[str]:
    """Why files of messages are not read here, a sentence for each part."""
    say = language.say
    if not config.media.read:
        return [say("Files of messages are not read: [media] read is off.")]
    found: list[str] = []
    for part, sentence in _NOT_READ.items():
        packages = missing_packages(part)
        if packages:
            why = say("{packages} is not installed", packages=", ".join(packages))
            found.append(say(sentence, why=why))
        elif part == "voices" and not has_model(config):
            found.append(say(sentence, why=say("[media] whisper names no folder with a model")))
    return found

"""Find the owner among the senders where a format does not mark them."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.problems import BadFile
from storage.texts import Text

# What the recipe and PyWxDump call the owner: assumed when no --me is given.
USUAL_OWNER = "我"
_MOST_SENDERS = 20_000
_MOST_NAMES = 20
SAMPLES = 3
_SAMPLE_CHARS = 24


@dataclass(slots=True)
class SenderSample:
    """A sender in a file, with some of their messages, cut. `names`: all that they go by there."""

    id: str
    name: str
    messages: int = 0
    samples: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        said = "".join(f", “{sample}”" for sample in self.samples)
        return f"{self.title} ({self.messages}{said})"

    @property
    def title(self) -> str:
        return _one_line(self.name)

    def see(self, message: ImportedMessage) -> None:
        self.messages += 1
        if len(self.names) < _MOST_NAMES:
            self.names.update((message.sender_name, message.account))
        if message.kind == "text" and len(self.samples) < SAMPLES:
            said = _one_line(message.text)[:_SAMPLE_CHARS]
            if said and said not in self.samples:
                self.samples.append(said)


class OwnerUnknown(InputError):
    """No sender of the files is known to be the owner: `cause` says in which, `senders` are those
    to choose from.
    """

    def __init__(self, cause: Text, senders: Sequence[SenderSample]) -> None:
        super().__init__(
            Text("{cause}; give --me one of: {senders}", cause=cause, senders=listed(senders))
        )
        self.cause, self.senders = cause, senders


def owner_of_two(sender: str, friend: str, people: Collection[str]) -> bool | None:
    """Whether it is the owner, in a chat of two that is named after the friend; else None."""
    return sender != friend if len(people) <= 2 and friend in people else None


def count_senders(messages: Iterable[ImportedMessage]) -> tuple[list[SenderSample], bool]:
    """(the senders, the most frequent first; whether the file itself marks the owner).

    It stops at the first message that is marked.
    """
    found: dict[str, SenderSample] = {}
    for message in messages:
        if not message.sender_id:
            continue
        if message.from_owner is not None:
            return [], True
        if message.sender_id not in found and len(found) >= _MOST_SENDERS:
            continue
        sender = found.setdefault(
            message.sender_id, SenderSample(message.sender_id, message.sender_name)
        )
        sender.see(message)
    return sorted(found.values(), key=lambda sender: -sender.messages), False


def owners_among(senders: Sequence[SenderSample], me: str | None, path: Path) -> frozenset[str]:
    """The owner's ids, by an id or a name. Raises InputError when two people have that name."""
    wanted = me or USUAL_OWNER
    by_id = [sender for sender in senders if sender.id == wanted and sender.id != sender.name]
    found = by_id or [sender for sender in senders if wanted in (sender.id, *sender.names)]
    if me and not found:
        folded = me.casefold()
        found = [s for s in senders if folded in {name.casefold() for name in (s.id, *s.names)}]
    people = [sender.id for sender in found if sender.id not in sender.names]
    if len(people) > 1:
        raise BadFile(
            path,
            Text(
                "{n} people are called '{wanted}'; give --me an id: {names}",
                n=len(people),
                wanted=wanted,
                names=", ".join(people[:8]),
            ),
        )
    # One file may know the owner by number in one chat and by name alone in another.
    names = {name for sender in found for name in sender.names}
    alone = {sender.id for sender in senders if sender.id == sender.name and sender.id in names}
    return frozenset(sender.id for sender in found) | alone


def owner_unknown(where: str, senders: Sequence[SenderSample], me: str | None) -> OwnerUnknown:
    cause = Text("{path}: no message of the owner in the file", path=where)
    if me:
        cause = Text("{path}: no message of '{me}' in the file", path=where, me=me)
    return OwnerUnknown(cause, senders)


def owner_unknown_in(errors: Sequence[OwnerUnknown]) -> OwnerUnknown:
    """One question for all files: whoever is in the most of them comes first."""
    if len(errors) == 1:
        return errors[0]
    files = Counter(sender.id for error in errors for sender in error.senders)
    merged: dict[str, SenderSample] = {}
    for error in errors:
        for sender in error.senders:
            known = merged.setdefault(sender.id, SenderSample(sender.id, sender.name))
            known.messages += sender.messages
            known.samples = list(dict.fromkeys(known.samples + sender.samples))[:SAMPLES]
    senders = sorted(merged.values(), key=lambda one: (-files[one.id], -one.messages))
    cause = Text("{cause} and in {n} more", cause=errors[0].cause, n=len(errors) - 1)
    return OwnerUnknown(cause, senders)


def listed(senders: Sequence[SenderSample], most: int = 8) -> str:
    named = ", ".join(str(sender) for sender in senders[:most])
    return f"{named}, …" if len(senders) > most else named


def _one_line(name: str) -> str:
    return " ".join(name.split())

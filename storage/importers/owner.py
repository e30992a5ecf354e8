"""Find the owner among the senders where a format does not mark them, and check the result."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage.errors import InputError
from storage.importers.base import ImportedMessage

# What the recipe and PyWxDump call the owner: assumed when no --me is given.
USUAL_OWNER = "我"
_MOST_SENDERS = 20_000
_MOST_NAMES = 20
_SAMPLE_CHARS = 24


@dataclass(slots=True)
class SenderSample:
    """A sender in a file, with one of their short messages. `names`: all that they go by there."""

    id: str
    name: str
    messages: int = 0
    sample: str = ""
    names: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        said = f", “{self.sample}”" if self.sample else ""
        return f"{_one_line(self.name)} ({self.messages}{said})"


class OwnerUnknown(InputError):
    """No sender in the file is known to be the owner. `senders` are those to choose from."""

    def __init__(self, message: str, senders: Sequence[SenderSample]) -> None:
        super().__init__(message)
        self.senders = senders


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
        sender.messages += 1
        if len(sender.names) < _MOST_NAMES:
            sender.names.update((message.sender_name, message.account))
        if message.kind == "text" and not sender.sample:
            sender.sample = _one_line(message.text)[:_SAMPLE_CHARS]
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
        raise InputError(
            f"{path}: {len(people)} people are called '{wanted}'; "
            f"give --me an id: {', '.join(people[:8])}"
        )
    # One file may know the owner by number in one chat and by name alone in another.
    names = {name for sender in found for name in sender.names}
    alone = {sender.id for sender in senders if sender.id == sender.name and sender.id in names}
    return frozenset(sender.id for sender in found) | alone


def owner_unknown(path: Path, senders: Sequence[SenderSample], me: str | None) -> OwnerUnknown:
    who = f"of '{me}'" if me else "of the owner"
    return OwnerUnknown(
        f"{path}: no message {who} in the file; give --me one of: {listed(senders)}", senders
    )


def listed(senders: Sequence[SenderSample], most: int = 8) -> str:
    named = ", ".join(str(sender) for sender in senders[:most])
    return f"{named}, …" if len(senders) > most else named


class Sides:
    """Who writes in which chats: a friend is in one chat of two people, the owner in all."""

    def __init__(self) -> None:
        self._chats: set[int] = set()
        self._owners: set[int] = set()
        self._others: dict[str, set[int]] = defaultdict(set)

    def see(self, chat: int, sender: str, owner: bool) -> None:
        self._chats.add(chat)
        if owner:
            self._owners.add(chat)
        elif sender in self._others or len(self._others) < _MOST_SENDERS:
            self._others[sender].add(chat)

    def warning(self) -> str | None:
        """A sentence about what looks reversed, if anything does."""
        everywhere = [
            name
            for name, chats in self._others.items()
            if len(chats) > 1 and chats >= self._chats and len(chats) >= len(self._owners)
        ]
        if not everywhere:
            return None
        return (
            f"{_one_line(everywhere[0])} writes in all {len(self._chats)} chats, you in "
            f"{len(self._owners)}: are the sides reversed? If so, name yourself with --me"
        )


def _one_line(name: str) -> str:
    return " ".join(name.split())

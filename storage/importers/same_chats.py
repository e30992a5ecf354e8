"""Notice one chat that would be stored as two, and two people of one name that would become one.

The same words in the same minute on both sides hardly stand in two chats; and two exports of one
chat hardly have nothing in common where their days overlap.
"""

from collections import Counter
from dataclasses import dataclass, field

from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.texts import Text
from storage.values import storable

_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_MOST = 10_000  # messages that are remembered of all; with more, every second one, and so on
_FEWEST_SHARED = 3
_FEWEST_OF_FRIEND = 2  # the owner may send one text to many
_LEAST_SHARE = 0.2
_FEWEST_IN_FILE = 10
_PROBES = 6
_SHORTEST_PROBE = 4


@dataclass(slots=True)
class _Part:
    """What one file has of one chat. Times in UTC milliseconds."""

    of: tuple[int, str]  # the chat, the file
    first_at: int
    last_at: int
    messages: int = 0
    shared: Counter[str] = field(default_factory=Counter)  # with earlier files of the chat


class SameChats:
    """Sees all messages of an import."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._parts: dict[int, dict[str, _Part]] = {}
        self._by_name: set[int] = set()
        self._of: dict[int, tuple[int, str]] = {}
        self._every = 1
        self._sampled: Counter[int] = Counter()
        self._shared: Counter[tuple[int, int]] = Counter()
        self._of_friend: Counter[tuple[int, int]] = Counter()
        self._probes: dict[int, list[tuple[int, str]]] = {}

    def see(self, message: ImportedMessage, chat: int, owner: bool, file: str) -> None:
        if message.kind != "text" or not message.text or message.chat_kind != "direct":
            return
        self._names.setdefault(chat, message.chat_name)
        if message.chat_id_is_name:
            self._by_name.add(chat)
        part = self._part(message, chat, file)
        self._probe(message, chat, owner)
        key = _key(message, owner)
        if key % self._every:
            return
        self._sampled[chat] += 1
        first = self._of.setdefault(key, part.of)
        if first[0] != chat:
            pair = (first[0], chat)
            self._shared[pair] += 1
            self._of_friend[pair] += not owner
        elif first[1] != file:
            part.shared[first[1]] += 1
        if len(self._of) > _MOST:
            self._every *= 2
            self._of = {key: of for key, of in self._of.items() if not key % self._every}

    def check_names(self) -> None:
        """Raises InputError where two people of one name would become one."""
        for chat in self._by_name:
            parts = list(self._parts[chat].items())
            for number, (file, part) in enumerate(parts):
                for before, other in parts[:number]:
                    if not part.shared[before] and _overlap(part, other):
                        raise self._same_name(chat, file, before)

    def _same_name(self, chat: int, file: str, before: str) -> InputError:
        return InputError(
            Text(
                "{file}: it has other messages of the same days than {before}, and both are called "
                "{name}: if they are two people, rename one of the files; if not, import one file "
                "after the other",
                file=file,
                before=before,
                name=self._names[chat],
            )
        )

    def questions(self, db: Database) -> list[Text]:
        """About each two chats that seem to be one."""
        pairs = [
            (self._names[a], self._names[b], shared)
            for (a, b), shared in self._shared.items()
            if shared >= _FEWEST_SHARED
            and self._of_friend[a, b] >= _FEWEST_OF_FRIEND
            and shared >= _LEAST_SHARE * min(self._sampled[a], self._sampled[b])
        ]
        pairs += self._logged(db)
        return [
            Text(
                "{one} and {other}: {n} messages are the same: is it one chat under two names or "
                "ids? If so, import only one of them",
                one=_one_line(one),
                other=_one_line(other),
                n=shared,
            )
            for one, other, shared in pairs
        ]

    def _part(self, message: ImportedMessage, chat: int, file: str) -> _Part:
        at = message.sent_at
        parts = self._parts.setdefault(chat, {})
        part = parts.get(file)
        if part is None:
            part = parts[file] = _Part((chat, file), at, at)
        part.messages += 1
        if at < part.first_at:
            part.first_at = at
        elif at > part.last_at:
            part.last_at = at
        return part

    def _probe(self, message: ImportedMessage, chat: int, owner: bool) -> None:
        if owner or len(message.text) < _SHORTEST_PROBE:
            return
        probes = self._probes.setdefault(chat, [])
        if len(probes) < _PROBES:
            probes.append((message.sent_at // _MINUTE_MS * _MINUTE_MS, message.text))

    def _logged(self, db: Database) -> list[tuple[str, str, int]]:
        """Chats of the log that have the first messages of a chat that is new."""
        chats = dict(db.execute("SELECT id, name FROM chats").fetchall())
        found: list[tuple[str, str, int]] = []
        for chat, probes in self._probes.items():
            if chat in chats or not chats:
                continue
            same = Counter(other for at, text in probes for other in _with_message(db, at, text))
            found += [
                (self._names[chat], chats[other], number)
                for other, number in same.items()
                if number >= _FEWEST_OF_FRIEND and 2 * number >= len(probes)
            ]
        return found


def _with_message(db: Database, minute: int, text: str) -> list[int]:
    rows = db.execute(
        "SELECT DISTINCT chat_id FROM messages WHERE chat_id IN (SELECT id FROM chats) "
        "AND sent_at BETWEEN ? AND ? AND text = ? AND origin = 'peer'",
        [minute, minute + _MINUTE_MS - 1, storable(text)],
    )
    return [chat for (chat,) in rows.fetchall()]


def _overlap(one: _Part, other: _Part) -> bool:
    """Whether both have many messages, and more than a day of them together."""
    days = min(one.last_at, other.last_at) - max(one.first_at, other.first_at)
    return min(one.messages, other.messages) >= _FEWEST_IN_FILE and days > _DAY_MS


def _key(message: ImportedMessage, owner: bool) -> int:
    return hash((message.sent_at // _MINUTE_MS, owner, message.text))


def _one_line(name: str) -> str:
    return " ".join(name.split())

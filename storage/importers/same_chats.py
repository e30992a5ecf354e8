"""Notice one chat that would be stored as two, and two people of one name that would become one.

The same words in the same minute on both sides hardly stand in two chats; and two exports of one
chat hardly have nothing in common where their days overlap.
"""

import shlex
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field

from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.told_same import keys_of
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
_SPECIAL = frozenset('"$`\\!%')  # means something between quotes
_ADDRESSES = "SELECT id, platform, external_id, name FROM chats"


@dataclass(frozen=True, slots=True)
class DoubledChat:
    """Two chats that seem to be one, each by a name or id that is its alone."""

    old: str
    new: str
    shared: int  # messages that are the same
    by_ids: bool = False  # each is known by an id, and of one platform

    @property
    def same(self) -> str:
        """By which the owner says that they are one."""
        between = " = " if "=" in self.old + self.new else "="
        return f"{self.old}{between}{self.new}"

    @property
    def question(self) -> Text:
        return Text(
            "{old} and {new}: {shared} messages are the same: is it one chat under two names or "
            "ids? If so, import with --same {same}, and it is kept as {new}",
            old=self.old,
            new=self.new,
            shared=self.shared,
            same=_quoted(self.same),
        )


@dataclass(slots=True)
class _Part:
    """What one file has of one chat. Times in UTC milliseconds."""

    of: tuple[int, str]  # the chat, the file
    first_at: int
    last_at: int
    messages: int = 0
    shared: Counter[str] = field(default_factory=Counter)  # with earlier files of the chat

    def see(self, at: int) -> None:
        self.messages += 1
        if at < self.first_at:
            self.first_at = at
        elif at > self.last_at:
            self.last_at = at


class SameChats:
    """Sees all messages of an import."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._parts: dict[int, dict[str, _Part]] = {}
        self._last: _Part | None = None
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
        part = self._part(message, chat, file)
        part.see(message.sent_at)
        if not owner:
            self._probe(message, chat)
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

    def check_names(self, told_same: Container[int]) -> None:
        """Raises InputError where two people of one name would become one.

        Not in chats of which the owner says that they are one.
        """
        for chat in self._by_name:
            if chat in told_same:
                continue
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

    def doubles(self, db: Database, chats: Database) -> list[DoubledChat]:
        """Each two chats that seem to be one. `chats` has those of the log and of the import."""
        pairs = [
            (a, b, shared)
            for (a, b), shared in self._shared.items()
            if shared >= _FEWEST_SHARED
            and self._of_friend[a, b] >= _FEWEST_OF_FRIEND
            and shared >= _LEAST_SHARE * min(self._sampled[a], self._sampled[b])
        ]
        pairs += self._logged(db)
        return [self._doubled(db, chats, *pair) for pair in pairs]

    def _doubled(self, db: Database, chats: Database, a: int, b: int, shared: int) -> DoubledChat:
        """Kept is the one that is known by an id, otherwise that of the newer message."""
        old, new = sorted((a, b), key=lambda chat: self._age(db, chats, chat))
        by_ids = _is_by_id(chats, old) and _is_by_id(chats, new)
        is_one_platform = _platform(chats, old) == _platform(chats, new)
        names = _called(chats, old), _called(chats, new)
        return DoubledChat(*names, shared, by_ids and is_one_platform)

    def _age(self, db: Database, chats: Database, chat: int) -> tuple[bool, int]:
        has_id = _is_by_id(chats, chat)
        (logged,) = db.execute(
            "SELECT COALESCE(MAX(sent_at), 0) FROM messages WHERE chat_id = ? "
            "AND chat_id IN (SELECT id FROM chats)",
            [chat],
        ).fetchone()
        read = (part.last_at for part in self._parts.get(chat, {}).values())
        has_id = has_id or (chat in self._parts and chat not in self._by_name)
        return has_id, max([logged, *read])

    def _part(self, message: ImportedMessage, chat: int, file: str) -> _Part:
        # Nearly always that of the message before.
        if self._last is not None and self._last.of == (chat, file):
            return self._last
        self._names.setdefault(chat, message.chat_name)
        if message.chat_id_is_name:
            self._by_name.add(chat)
        parts = self._parts.setdefault(chat, {})
        if file not in parts:
            parts[file] = _Part((chat, file), message.sent_at, message.sent_at)
        self._last = parts[file]
        return self._last

    def _probe(self, message: ImportedMessage, chat: int) -> None:
        probes = self._probes.setdefault(chat, [])
        if len(probes) < _PROBES and len(message.text) >= _SHORTEST_PROBE:
            probes.append((message.sent_at // _MINUTE_MS * _MINUTE_MS, message.text))

    def _logged(self, db: Database) -> list[tuple[int, int, int]]:
        """Chats of the log that have the first messages of a chat that is new."""
        chats = {chat for (chat,) in db.execute("SELECT id FROM chats").fetchall()}
        found: list[tuple[int, int, int]] = []
        for chat, probes in self._probes.items():
            if chat in chats or not chats:
                continue
            same = Counter(other for at, text in probes for other in _with_message(db, at, text))
            found += [
                (chat, other, number)
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


def _is_by_id(chats: Database, chat: int) -> bool:
    row = chats.execute("SELECT external_id != name FROM chats WHERE id = ?", [chat]).fetchone()
    return bool(row[0])


def _platform(chats: Database, chat: int) -> str:
    row = chats.execute("SELECT platform FROM chats WHERE id = ?", [chat]).fetchone()
    return str(row[0])


def _overlap(one: _Part, other: _Part) -> bool:
    """Whether both have many messages, and more than a day of them together."""
    days = min(one.last_at, other.last_at) - max(one.first_at, other.first_at)
    return min(one.messages, other.messages) >= _FEWEST_IN_FILE and days > _DAY_MS


def _key(message: ImportedMessage, owner: bool) -> int:
    return hash((message.sent_at // _MINUTE_MS, owner, message.text))


def _quoted(words: str) -> str:
    """For a command line, also that of Windows where it can be."""
    return shlex.quote(words) if _SPECIAL.intersection(words) else f'"{words}"'


def _called(chats: Database, chat: int) -> str:
    """The shortest that is this chat's alone."""
    keys = {id_: keys_of(*of) for id_, *of in chats.execute(_ADDRESSES).fetchall()}
    others = {key for id_, of in keys.items() if id_ != chat for key in of}
    return next((key for key in keys[chat] if key not in others), keys[chat][-1])

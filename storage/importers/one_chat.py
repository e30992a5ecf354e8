"""Chats of the log and of files that the owner says are one."""

from collections.abc import Collection
from typing import NamedTuple

from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.merge_logged import LoggedDouble
from storage.importers.told_same import ToldSame, keys_of
from storage.texts import Text
from storage.values import storable

_MOST_NAMES = 8


class _Address(NamedTuple):
    platform: str
    external_id: str
    name: str

    @property
    def is_name(self) -> bool:
        return self.external_id == self.name


class OneChat:
    """One chat of several names or ids, and its row as far as it has one.

    Raises InputError where a name is that of two chats.
    """

    def __init__(self, db: Database, told: ToldSame) -> None:
        self._db, self._told = db, told
        self._named: dict[str, set[_Address]] = {name: set() for name in told.names}
        rows = [
            (int(row), _Address(*address))
            for row, *address in db.execute("SELECT id, platform, external_id, name FROM chats")
            if self._see(_Address(*address))
        ]
        rows.sort(key=lambda row: told.new in keys_of(*row[1]))
        self.row = rows[-1][0] if rows else None
        self.logged_doubles = [
            LoggedDouble(old, rows[-1][0], address.name, rows[-1][1].name)
            for old, address in rows[:-1]
        ]

    @property
    def _names(self) -> str:
        return ", ".join(sorted(self._told.names))

    def holds(self, message: ImportedMessage, platform: str) -> bool:
        return self._see(_address(message, platform))

    def take(self, message: ImportedMessage, platform: str, row: int) -> int:
        """The chat's row, brought up to date where the message is of its new name.

        `row` is the message's own, in case that the chat has none yet.
        """
        if self.row is None:
            self.row = row
        elif self._told.new in keys_of(*_address(message, platform)):
            self._rename(message, platform)
        return self.row

    def check_found(self, chats: Collection[str]) -> None:
        """Raises InputError where one of the names is that of no chat. `chats`: names to show."""
        missing = sorted(name for name, addresses in self._named.items() if not addresses)
        if missing:
            raise InputError(
                Text(
                    "the same chat {names}: neither the files nor the log have a chat {missing}; "
                    "the files have {chats}",
                    names=self._names,
                    missing=", ".join(missing),
                    chats=", ".join(sorted(chats)[:_MOST_NAMES]),
                )
            )

    def _see(self, address: _Address) -> bool:
        found = self._told.names.intersection(keys_of(*address))
        for name in found:
            self._named[name].add(address)
            _check_one(name, self._named[name])
        return bool(found)

    def _rename(self, message: ImportedMessage, platform: str) -> None:
        """Live messages come under an id: it is never given up for a name."""
        old = _Address(
            *self._db.execute(
                "SELECT platform, external_id, name FROM chats WHERE id = ?", [self.row]
            ).fetchone()
        )
        new = _address(message, platform)
        if not message.chat_id_is_name:
            new = new._replace(name=old.name if new.is_name else new.name)
        elif not (old.is_name and old.platform == platform):
            new = old._replace(name=new.name)
        self._db.execute(
            "UPDATE chats SET platform = ?, external_id = ?, name = ? WHERE id = ?",
            [*new, self.row],
        )


def _address(message: ImportedMessage, platform: str) -> _Address:
    return _Address(platform, storable(message.chat_id), storable(message.chat_name))


def _check_one(name: str, addresses: Collection[_Address]) -> None:
    """A chat known by name alone is the one of that platform that has the name and an id."""
    known = {(each.platform, each.external_id) for each in addresses if not each.is_name}
    platforms = {platform for platform, _ in known}
    known |= {
        (each.platform, each.external_id) for each in addresses if each.platform not in platforms
    }
    if len(known) > 1:
        raise InputError(
            Text(
                "the same chat {name}: that is the name of more than one; give one of {ids}",
                name=name,
                ids=", ".join(sorted(f"{platform}:{id_}" for platform, id_ in known)),
            )
        )

"""What the owner says of two names or ids: `Old name=New name`, they are one chat."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.errors import InputError
from storage.texts import Text


@dataclass(frozen=True, slots=True)
class ToldSame:
    """All names and ids of one chat; `new` is the one that it is kept by."""

    names: frozenset[str]
    new: str


def keys_of(platform: str, external_id: str, name: str) -> tuple[str, str, str]:
    """By which the owner can name a chat, the shortest first."""
    id_ = one_line(external_id)
    return one_line(name), id_, f"{platform}:{id_}"


def read_same(given: Sequence[str]) -> tuple[ToldSame, ...]:
    """`Old=New` of each; a chat may be named in several. Raises InputError."""
    pairs = [_pair(one) for one in given]
    groups: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in groups if not group.isdisjoint(pair)]
        groups = [group for group in groups if group not in touched]
        groups.append(set(pair).union(*touched))
    return tuple(ToldSame(frozenset(group), _kept(group, pairs)) for group in groups)


def _pair(given: str) -> tuple[str, str]:
    """A name may hold a "=": then spaces stand around the one between the two."""
    parts = given.split(" = ") if given.count(" = ") == 1 else given.split("=")
    names = [one_line(part) for part in parts]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise InputError(
            Text(
                'the same chat "{given}": not two names; write "Old name=New name", and '
                '"Old name = New name" where there is a "=" in a name',
                given=one_line(given),
            )
        )
    return names[0], names[1]


def _kept(group: set[str], pairs: Sequence[tuple[str, str]]) -> str:
    new = {new for _, new in pairs} & group - {old for old, _ in pairs}
    if len(new) != 1:
        raise InputError(
            Text(
                "the same chat {names}: it is to be kept by more than one name; "
                "write the same new name each time",
                names=", ".join(sorted(group)),
            )
        )
    return new.pop()


def one_line(name: str) -> str:
    return " ".join(name.split())

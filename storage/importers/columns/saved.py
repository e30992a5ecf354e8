"""Choices of columns that the owner gave a name, in a file of the data folder."""

import json
import re
from pathlib import Path

from storage.atomic_files import write_json
from storage.errors import InputError
from storage.importers.columns.choice import Columns, is_mapping, parse_columns, written
from storage.importers.record_fields import shown

_FILE = "columns.json"
_NAME = re.compile(r"\w[\w .-]{0,39}")


class SavedColumns:
    def __init__(self, data: Path) -> None:
        self._path = data / _FILE

    def all(self) -> dict[str, str]:
        """Of each name the choice as it was given. Raises InputError for a damaged file."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise self._damaged() from error
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            raise self._damaged()
        return found

    def find(self, given: str) -> Columns:
        """The columns of a choice, or of the name of a saved one."""
        if is_mapping(given):
            return parse_columns(given)
        saved = self.all()
        if given not in saved:
            raise InputError(f"columns {shown(given)}: not saved; {_known(saved)}")
        return parse_columns(saved[given])

    def save(self, name: str, columns: Columns) -> None:
        """Under a name, which may have had another choice before."""
        check_name(name)
        write_json(self._path, self.all() | {name: written(columns)})

    def remove(self, name: str) -> None:
        saved = self.all()
        if saved.pop(name, None) is None:
            raise InputError(f"columns {shown(name)}: not saved; {_known(saved)}")
        write_json(self._path, saved)

    def _damaged(self) -> InputError:
        return InputError(
            f"{self._path}: the saved columns can't be read; delete the file and save them again"
        )


def check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InputError(
            f"name {shown(name)}: use letters, digits, spaces and -_., 40 signs at most"
        )


def _known(saved: dict[str, str]) -> str:
    names = f"saved are {', '.join(sorted(saved))}" if saved else "none is"
    return f"{names}; choose columns as in time=Date,sender=Name,text=Message"

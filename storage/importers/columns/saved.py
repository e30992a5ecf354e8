"""Choices of columns that the owner gave a name, in a file of the data folder."""

import json
import re
from pathlib import Path

from storage.atomic_files import write_json
from storage.errors import InputError
from storage.importers.columns.choice import EXAMPLE, Columns, is_mapping, parse_columns, written
from storage.importers.problems import BadFile
from storage.importers.record_fields import shown
from storage.texts import Text

_FILE = "columns.json"
LONGEST_NAME = 40
_NAME = re.compile(rf"\w[\w .-]{{0,{LONGEST_NAME - 1}}}")


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
        return self.find_saved(given)

    def find_saved(self, name: str) -> Columns:
        """Raises InputError where there is none of that name, or it was damaged."""
        saved = self.all()
        if name not in saved:
            raise _not_saved(name, saved)
        return parse_columns(saved[name])

    def save(self, name: str, columns: Columns) -> None:
        """Under a name, which may have had another choice before.

        Raises InputError also for columns whose names would not be read again as they are.
        """
        check_name(name)
        if not _reads_again(columns):
            raise InputError(
                Text(
                    "columns {columns}: names with commas and = can't be saved; rename the columns",
                    columns=shown(written(columns)),
                )
            )
        write_json(self._path, self.all() | {name: written(columns)})

    def remove(self, name: str) -> None:
        saved = self.all()
        if saved.pop(name, None) is None:
            raise _not_saved(name, saved)
        write_json(self._path, saved)

    def _damaged(self) -> InputError:
        return BadFile(
            self._path, Text("the saved columns can't be read; delete the file and save them again")
        )


def _reads_again(columns: Columns) -> bool:
    try:
        return parse_columns(written(columns)) == columns
    except InputError:
        return False


def check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InputError(
            Text(
                "name {name}: use letters, digits, spaces and -_., 40 signs at most",
                name=shown(name),
            )
        )


def _not_saved(name: str, saved: dict[str, str]) -> InputError:
    names = Text("saved are {names}", names=", ".join(sorted(saved)))
    return InputError(
        Text(
            "columns {name}: not saved; {saved}; choose columns as in {example}",
            name=shown(name),
            saved=names if saved else Text("none is"),
            example=EXAMPLE,
        )
    )

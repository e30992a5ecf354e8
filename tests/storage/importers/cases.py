"""Import a folder of made-up exports: `python -m tests.storage.importers.cases FOLDER`.

Each is compared with its right value in `right_values/`. With `--taught` the dataset is built from
it, and its answers may hold the owner's words alone; of exports without a right value the answers
are printed. The folder is not in the repository: the tests beside the formats have inputs of their
own for every kind of fault.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from tests.storage.importers import right_values
from tests.storage.importers.case import Case

# Who owns the exports that are made up.
MADE_UP_OWNERS = (None, "Ben", "阿本", "我", "ben", "Ben Stone")


def cases() -> list[Case]:
    """Every case, by its path."""
    names = [module.name for module in iter_modules(right_values.__path__)]
    modules = [import_module(f"{right_values.__name__}.{name}") for name in names]
    return sorted((case for module in modules for case in module.CASES), key=lambda it: it.path)


def main(folder: Path, only: str = "", *, taught: bool = False) -> int:
    """Print what is wrong and how many are right; 0 when all are."""
    if not folder.is_dir():
        print(f"{folder}: there is no such folder; name the one with the made-up exports")
        return 2
    chosen = [case for case in cases() if case.path.startswith(only)]
    present = [case for case in chosen if (folder / case.path).exists()]
    wrong = 0
    for case in present:
        fault = case.taught_fault(folder) if taught else case.fault(folder)
        if fault is not None:
            wrong += 1
            print(f"WRONG {case.path}\n{fault}\nRIGHT\n{(case.refused or case.right).strip()}\n")
    known = {Path(case.path).parts[0] for case in cases()}
    for path in sorted(folder.iterdir()):
        if path.name not in known and path.name.startswith(only):
            print(f"no right value: {path.name}{_taught(path) if taught else ''}")
    print(f"{len(present) - wrong} of {len(present)} right, {len(chosen) - len(present)} missing")
    return 1 if wrong else 0


def _taught(path: Path) -> str:
    """What would be learnt from an export that has no right value, for somebody to read."""
    for me in MADE_UP_OWNERS:
        answers = Case(path.name, me=me).taught(path.parent)
        if answers is not None:
            return f", taught: {answers}"
    return ", not imported"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.storage.importers.cases")
    parser.add_argument("folder", type=Path)
    parser.add_argument("only", nargs="?", default="", help="how the wanted paths begin")
    parser.add_argument("--taught", action="store_true", help="look at the dataset's answers")
    given = parser.parse_args()
    sys.exit(main(given.folder, given.only, taught=given.taught))

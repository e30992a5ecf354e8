"""Import a folder of made-up exports: `python -m tests.storage.importers.cases FOLDER`.

Each is compared with its right value in `right_values/`. The folder is not in the repository: the
tests beside the formats have inputs of their own for every kind of fault.
"""

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from tests.storage.importers import right_values
from tests.storage.importers.case import Case


def cases() -> list[Case]:
    """Every case, by its path."""
    names = [module.name for module in iter_modules(right_values.__path__)]
    modules = [import_module(f"{right_values.__name__}.{name}") for name in names]
    return sorted((case for module in modules for case in module.CASES), key=lambda it: it.path)


def main(folder: Path, only: str = "") -> int:
    """Print what is wrong and how many are right; 0 when all are."""
    if not folder.is_dir():
        print(f"{folder}: there is no such folder; name the one with the made-up exports")
        return 2
    chosen = [case for case in cases() if case.path.startswith(only)]
    present = [case for case in chosen if (folder / case.path).exists()]
    wrong = 0
    for case in present:
        fault = case.fault(folder)
        if fault is not None:
            wrong += 1
            print(f"WRONG {case.path}\n{fault}\nRIGHT\n{(case.refused or case.right).strip()}\n")
    known = {Path(case.path).parts[0] for case in cases()}
    for path in sorted(folder.iterdir()):
        if path.name not in known and path.name.startswith(only):
            print(f"no right value: {path.name}")
    print(f"{len(present) - wrong} of {len(present)} right, {len(chosen) - len(present)} missing")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))

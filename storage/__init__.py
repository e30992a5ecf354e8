"""One SQLite database with everything the twin knows, and the importers that fill it."""

import sys
from types import ModuleType

# sqlite-utils loads numpy and pandas where they are installed, to guess column types, which is not
# done here. That is half a second of every command, so they are hidden from it this once.
if "sqlite_utils" not in sys.modules:
    _hidden: list[str] = [name for name in ("numpy", "pandas") if name not in sys.modules]
    _modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
    _modules.update(dict.fromkeys(_hidden))
    try:
        import sqlite_utils  # noqa: F401
    finally:
        for _name in _hidden:
            del sys.modules[_name]

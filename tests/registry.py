"""An adapter in the registry, as a run that ended enters it."""

from typing import Any

from sqlite_utils import Database

from storage.adapters import Adapter, find_adapter, register_adapter
from storage.runs import start_run


def enter_adapter(db: Database, name: str, run_id: int | None = None, **other: Any) -> Adapter:
    """A candidate of a new run, or of the given one; `other`: what differs from the usual."""
    values: dict[str, Any] = {
        "base_model": "base",
        "path": f"adapters/{name}",
        "rules": "classic",
        "dataset_hash": "h",
        "metrics": {},
    }
    run = start_run(db, "test", 1) if run_id is None else run_id
    register_adapter(db, name=name, run_id=run, **(values | other))
    return find_adapter(db, name)

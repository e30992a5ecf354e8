"""The schema of the database as numbered, append-only steps.

Each step is a function with the reason for the change; `apply` lists them in their order. To change
the schema, add a function at the end of the last `steps_*` file and of the list.
"""

from storage.migrations.apply import MIGRATIONS, migrate

__all__ = ["MIGRATIONS", "migrate"]

"""The owner chooses which adapter answers; the running bot takes it within seconds."""

from sqlite_utils import Database

from storage import adapters as registry
from twin.config.schema import Config
from twin.engine.adapter_files import check_adapter, delete_forgotten


def make_live(config: Config, db: Database, name: str) -> None:
    """Answer with this adapter, whatever the gate said. Raises TwinError when it can't."""
    adapter = registry.promotable(db, name)
    check_adapter(config.path_of(adapter.path), config.model.base)
    registry.promote(db, name)
    delete_forgotten(config, db)


def go_back(config: Config, db: Database) -> str:
    """Answer with the adapter that was live before; its name. Raises InputError."""
    name = registry.rollback(db).name
    delete_forgotten(config, db)
    return name

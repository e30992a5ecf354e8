"""Find the connectors and make those that are on."""

import logging

from twin.config.connector_sections import connector_sections
from twin.config.schema import Config
from twin.connectors.base import Connector, ConnectorContext, ConnectorFolder

log = logging.getLogger(__name__)


def connector_folders() -> list[ConnectorFolder]:  # type: ignore[type-arg]
    return [one for one in connector_sections() if isinstance(one, ConnectorFolder)]


def connect_all(config: Config, context: ConnectorContext) -> list[Connector]:
    """Make every connector that is on. One that lacks a package is logged, and the others go on.

    Raises InputError for a connector's settings that can't work.
    """
    made: list[Connector] = []
    for folder in connector_folders():
        settings = folder.of(config)
        if settings.is_on:
            try:
                made.append(folder.connect(settings, context))
            except ImportError as error:
                log.error("[%s] is left out: %s; install what it needs", folder.section, error)
    return made

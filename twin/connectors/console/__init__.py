"""Chat on the terminal."""

from pydantic import Field

from twin.config.connector_sections import ConnectorSettings
from twin.connectors.base import Connector, ConnectorContext, ConnectorFolder
from twin.language import N_


class Settings(ConnectorSettings):
    enabled: bool = Field(
        default=False,
        title="Chat in the terminal",
        description="Chat with the running bot in its own terminal.",
    )


def _connect(settings: Settings, context: ConnectorContext) -> Connector:
    from twin.connectors.console.connector import ConsoleConnector

    return ConsoleConnector(context.db)


CONNECTOR = ConnectorFolder(
    name="console", title=N_("Terminal"), section="console", settings=Settings, connect=_connect
)

"""Which engine answers: this process, or the server of [engine]."""

from twin.config.schema import Config
from twin.engine.base import Engine


def engine_for(config: Config) -> Engine:
    """As [engine] server says. Raises InputError for a server that can't be used."""
    if config.engine.server:
        from twin.engine.server.engine import ServerEngine

        return ServerEngine(config)
    from twin.engine.local import LocalEngine

    return LocalEngine(config)

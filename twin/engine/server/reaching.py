"""Reach a server with an adapter, and notice when it has lost the one or is lost itself."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from storage.errors import TwinError
from twin.engine.base import EngineUnavailable
from twin.engine.server.connection import Connection
from twin.engine.server.failures import TooLate, WrongRequest
from twin.engine.server.serving import ServedModels, TwinAdapter


async def reached(
    models: ServedModels, adapter: TwinAdapter
) -> tuple[Connection, Mapping[str, Any]]:
    """The server with that adapter, and how a request names it."""
    connection = None
    try:
        connection = await models.connect()
        served = await models.serve(connection, adapter)
        return connection, await connection.adapters.chosen_by(served)
    except EngineUnavailable:
        if connection is not None:
            models.lost(connection)
        raise
    except TwinError as error:  # it could be asked before, so this may pass
        raise EngineUnavailable(error.message, "OtherModel") from error


@asynccontextmanager
async def noticing_loss(
    models: ServedModels, connection: Connection, adapter: TwinAdapter
) -> AsyncIterator[None]:
    """A request inside that fails because the server, or the adapter there, is gone, raises
    EngineUnavailable, and the next one meets the server anew. One that came too late loses nothing.
    """
    try:
        yield
    except TooLate:
        raise
    except EngineUnavailable:
        models.lost(connection)
        raise
    except WrongRequest as error:
        if not await connection.adapters.is_gone(adapter.served):
            raise
        models.lost(connection)
        raise EngineUnavailable(error.message, "AdapterGone") from error

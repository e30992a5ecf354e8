"""A Matrix account, and what mautrix bridges bring into it."""

from contextlib import AbstractAsyncContextManager
from functools import partial

from twin.connectors.base import Connector, ConnectorContext, ConnectorFolder
from twin.connectors.history import HistorySource
from twin.connectors.matrix.problems import problems
from twin.connectors.matrix.settings import Settings
from twin.connectors.matrix.stickers import sticker_key
from twin.connectors.media_files import stray_files
from twin.language import N_


def _connect(settings: Settings, context: ConnectorContext) -> Connector:
    from twin.connectors.matrix.connector import MatrixConnector

    return MatrixConnector(context.db, settings, context.data)


def _history(
    settings: Settings, context: ConnectorContext
) -> AbstractAsyncContextManager[HistorySource]:
    from twin.connectors.matrix.past import open_past

    return open_past(settings, context)


CONNECTOR = ConnectorFolder(
    name="matrix",
    title=N_("Matrix"),
    section="connectors.matrix",
    settings=Settings,
    connect=_connect,
    problems=problems,
    history=_history,
    own_chat=True,
    stray_files=partial(stray_files, "matrix"),
    sticker_key=sticker_key,
)

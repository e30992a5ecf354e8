"""A Matrix account, and what mautrix bridges bring into it."""

from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from pathlib import Path

from storage.errors import TwinError
from twin.connectors.base import Connector, ConnectorContext, ConnectorFolder, Problem
from twin.connectors.history import HistorySource
from twin.connectors.matrix.account import LOGIN_COMMAND, load_account
from twin.connectors.matrix.settings import Settings
from twin.language import N_


def _connect(settings: Settings, context: ConnectorContext) -> Connector:
    from twin.connectors.matrix.connector import MatrixConnector

    return MatrixConnector(context.db, settings, context.data)


def _history(
    settings: Settings, context: ConnectorContext
) -> AbstractAsyncContextManager[HistorySource]:
    from twin.connectors.matrix.past import open_past

    return open_past(settings, context)


def _problems(settings: Settings, data: Path) -> list[Problem]:
    if find_spec("nio") is None:
        return [Problem("the package matrix-nio is missing", "`make setup`")]
    try:
        if load_account(data) is None:
            return [Problem("nobody is logged in", f"{LOGIN_COMMAND} with your Matrix id")]
    except TwinError as error:
        return [Problem(str(error), LOGIN_COMMAND)]
    return []


CONNECTOR = ConnectorFolder(
    name="matrix",
    title=N_("Matrix"),
    section="connectors.matrix",
    settings=Settings,
    connect=_connect,
    problems=_problems,
    history=_history,
    own_chat=True,
)

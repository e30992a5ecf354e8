"""QQ through a OneBot v11 gateway."""

from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

from storage.texts import Text
from twin.connectors.base import (
    Connector,
    ConnectorContext,
    ConnectorFolder,
)
from twin.connectors.history import HistorySource
from twin.connectors.media_files import stray_files
from twin.connectors.onebot.settings import FILE_ONLY, TOKEN_VARIABLE, Settings
from twin.connectors.onebot.stickers import sticker_key
from twin.connectors.onebot.troubles import problems_of
from twin.connectors.problems import Problem


def _connect(settings: Settings, context: ConnectorContext) -> Connector:
    from twin.connectors.onebot.connector import OneBotConnector

    return OneBotConnector(context.db, settings, context.data)


def _history(
    settings: Settings, context: ConnectorContext
) -> AbstractAsyncContextManager[HistorySource]:
    from twin.connectors.onebot.past import past

    return past(settings, context.db)


def _problems(settings: Settings, data: Path) -> list[Problem]:
    if settings.secret and not settings.secret.isascii():
        remedy = Text(
            "choose one of Latin letters and digits in the gateway, and set {name}",
            name=TOKEN_VARIABLE,
        )
        return [Problem(Text("the token has signs that no header carries"), remedy)]
    return problems_of(data)


CONNECTOR = ConnectorFolder(
    name="qq",
    title="QQ",
    section="connectors.onebot",
    settings=Settings,
    file_only=FILE_ONLY,
    connect=_connect,
    problems=_problems,
    own_chat=True,
    stray_files=partial(stray_files, "onebot"),
    sticker_key=sticker_key,
    history=_history,
)

"""Telegram's Secretary Mode: a bot of the owner's own answers in their private chats as them."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from storage.texts import Text
from twin.connectors.base import (
    Connector,
    ConnectorContext,
    ConnectorFolder,
)
from twin.connectors.media_files import stray_files
from twin.connectors.problems import Problem, open_secrets
from twin.connectors.telegram.settings import FILE_ONLY, Settings
from twin.connectors.telegram.sticker_keys import sticker_key
from twin.language import N_


def _connect(settings: Settings, context: ConnectorContext) -> Connector:
    from twin.connectors.telegram.connector import TelegramConnector

    return TelegramConnector(context.db, settings, context.data)


def _problems(settings: Settings, data: Path) -> list[Problem]:
    from twin.connectors.telegram.account import problems, token_file

    if find_spec("telegram") is None:
        missing = Text("the package {package} is missing", package="python-telegram-bot")
        return [Problem(missing, "`make setup`")]
    return [*(Problem(*found) for found in problems(data)), *open_secrets(token_file(data))]


CONNECTOR = ConnectorFolder(
    name="telegram",
    title=N_("Telegram"),
    section="connectors.telegram",
    settings=Settings,
    file_only=FILE_ONLY,
    connect=_connect,
    problems=_problems,
    own_chat=True,
    stray_files=partial(stray_files, "telegram"),
    sticker_key=sticker_key,
)

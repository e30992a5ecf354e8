"""Tencent's official bot for WeChat: the owner's remote control, never their account."""

from importlib.util import find_spec
from pathlib import Path

from storage.errors import TwinError
from storage.texts import Text
from twin.connectors.base import (
    Connector,
    ConnectorContext,
    ConnectorFolder,
)
from twin.connectors.ilink.settings import Settings
from twin.connectors.problems import Problem, open_secrets
from twin.language import N_


def _connect(settings: Settings, context: ConnectorContext) -> Connector:
    from twin.connectors.ilink.connector import ILinkConnector

    return ILinkConnector(context.data, context.owner)


def _problems(settings: Settings, data: Path) -> list[Problem]:
    if find_spec("aiohttp") is None:
        return [
            Problem(Text("the package {package} is missing", package="aiohttp"), "`make setup`")
        ]
    from twin.connectors.ilink.account import LOGIN_COMMAND, account_file, load_account

    try:
        account = load_account(data)
    except TwinError as error:
        return [Problem(error.message, LOGIN_COMMAND)]
    scan = Text("scan the code of {command}", command=LOGIN_COMMAND)
    if account is None:
        return [Problem(Text("no bot is in your WeChat yet"), scan)]
    if account.ended:
        return [Problem(Text("WeChat ended the bot's session"), scan)]
    return open_secrets(account_file(data))


CONNECTOR = ConnectorFolder(
    name="ilink",
    title=N_("WeChat's own bot"),
    section="connectors.ilink",
    settings=Settings,
    connect=_connect,
    problems=_problems,
    own_chat=True,
)

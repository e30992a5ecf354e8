"""WeChat through a wechaty gateway."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from storage.texts import Text
from twin.connectors.base import Connector, ConnectorContext, ConnectorFolder
from twin.connectors.media_files import stray_files
from twin.connectors.problems import Problem
from twin.connectors.wechaty.settings import FILE_ONLY, TOKEN_VARIABLE, Settings
from twin.language import N_


def _connect(settings: Settings, context: ConnectorContext) -> Connector:
    from twin.connectors.wechaty.connector import WechatyConnector

    return WechatyConnector(context.db, settings, context.data)


def _problems(settings: Settings, data: Path) -> list[Problem]:
    problems = []
    if find_spec("wechaty_puppet_service") is None:
        missing = Text("the package {package} is missing", package="wechaty-puppet-service")
        problems.append(Problem(missing, "`make setup`"))
    if not settings.secret:
        remedy = Text(
            "set {name} to the token that the gateway was started with", name=TOKEN_VARIABLE
        )
        problems.append(Problem(Text("no token"), remedy))
    return problems


CONNECTOR = ConnectorFolder(
    name="wechat",
    title=N_("WeChat"),
    section="connectors.wechaty",
    settings=Settings,
    file_only=FILE_ONLY,
    connect=_connect,
    problems=_problems,
    own_chat=True,
    stray_files=partial(stray_files, "wechaty"),
)

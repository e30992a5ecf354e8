"""A page where friends write, one secret link each."""

from functools import partial

from twin.connectors.base import Connector, ConnectorContext, ConnectorFolder
from twin.connectors.web.settings import Settings
from twin.language import N_


def _connect(settings: Settings, context: ConnectorContext) -> Connector:
    from twin.connectors.web.connector import WebConnector
    from twin.connectors.web.page import add_friends_page

    assert context.web is not None  # it is on only if the server is
    connector = WebConnector(context.db, settings, context.web, context.owner, data=context.data)
    context.web.add(partial(add_friends_page, connector=connector))
    return connector


CONNECTOR = ConnectorFolder(
    name="web", title=N_("Friends' page"), section="web", settings=Settings, connect=_connect
)

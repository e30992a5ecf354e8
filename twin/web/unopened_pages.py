"""Drop pages that were fetched and never opened: each is kept in memory for its socket to come."""

from nicegui.client import Client
from starlette.types import ASGIApp, Receive, Scope, Send

MOST = 100  # about a quarter of a megabyte each
MOST_SECONDS = 30.0


class UnopenedPages:
    """ASGI middleware: after each page, the oldest unopened ones go when there are too many."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            drop_unopened()


def drop_unopened() -> None:
    """Delete pages without a socket that are too old, and the oldest of too many."""
    Client.prune_instances(client_age_threshold=MOST_SECONDS)
    unopened = [
        client
        for client in Client.instances.values()
        if not client.has_socket_connection and not client._delete_tasks
    ]
    for client in unopened[: max(0, len(unopened) - MOST)]:
        client.delete()

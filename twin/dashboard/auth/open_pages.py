"""Close open pages when the session they belong to ends."""

import json
from typing import Any

from nicegui import background_tasks, core
from nicegui.client import Client

from storage.owner_sessions import key_of
from storage.values import storable_values
from twin.dashboard.auth.sessions import OwnerAuth


class OpenPages:
    """A page that was once shown could act on after logging out: it talks through a socket.

    So each event of it asks again whether the session lasts; pages of ended ones are closed, and
    their sockets too. `may_talk` keeps sockets of other browsers away.
    """

    def __init__(self, auth: OwnerAuth) -> None:
        self._auth = auth
        self._open: dict[Client, str] = {}
        auth.ended = self.close

    def admit(self, client: Client, key: str) -> None:
        """Watch over the page from now on."""
        self._open[client] = key
        client.on_delete(lambda: self._open.pop(client, None))
        handle_event, accept_handshake = client.handle_event, client.accept_handshake

        def guarded_event(msg: dict[Any, Any]) -> None:
            if self.is_alive(client):
                handle_event(msg | {"args": _readable(msg.get("args"))})

        def guarded_handshake(socket_id: str, tab_id: str, environ: dict[str, Any] | None) -> bool:
            return self.is_alive(client) and accept_handshake(socket_id, tab_id, environ)

        # NiceGUI asks nobody before it hands on an event, so its two ways in are replaced.
        client.handle_event = guarded_event  # type: ignore[method-assign]
        client.accept_handshake = guarded_handshake  # type: ignore[method-assign]

    def may_talk(self, page: str, token: str | None) -> bool:
        """Whether a browser with that cookie may open a socket to the page of that id."""
        client = Client.instances.get(page)
        key = None if client is None else self._open.get(client)
        return key is None or (token is not None and key_of(token) == key)

    def is_alive(self, client: Client) -> bool:
        """Whether the page's session lasts; otherwise the page is closed."""
        key = self._open.get(client)
        if key is not None and self._auth.session(key) is not None:
            return True
        self._dismiss(client)
        return False

    def close(self, key: str | None) -> None:
        """Close the pages of that session, or all."""
        for client, of in list(self._open.items()):
            if key in (None, of):
                self._dismiss(client)

    def _dismiss(self, client: Client) -> None:
        if self._open.pop(client, None) is not None:
            background_tasks.create(_send_away(client), name="send away")


def _readable(args: object) -> list[str | None]:
    """An event's values, each as JSON; NiceGUI's reader refuses halves of characters.

    What is no JSON at all is left out, as a value that is missing.
    """
    given = args if isinstance(args, list) else []
    return [_readable_value(value) for value in given]


def _readable_value(value: object) -> str | None:
    try:
        return json.dumps(storable_values(json.loads(value))) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return None


async def _send_away(client: Client) -> None:
    await core.sio.emit("open", {"path": "/login", "new_tab": False}, room=client.id)
    for _, connection in list(core.sio.manager.get_participants("/", client.id)):
        await core.sio.eio.disconnect(connection)
    if client.id in Client.instances:
        client.delete()

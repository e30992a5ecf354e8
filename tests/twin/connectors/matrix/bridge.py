"""A bridge to WhatsApp as a homeserver sees it: a program that speaks for a bot and its ghosts."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.twin.connectors.matrix.synapse import BRIDGE, BRIDGE_TOKEN, DOMAIN
from tests.twin.connectors.matrix.world import CLIENT, World, quoted

BOT = f"@{BRIDGE}bot:{DOMAIN}"
NOTICE = {"msgtype": "m.notice"}
_numbers = count(1)


class Bridge:
    """The owner's. `ghost` stands for a friend who is called Ann on WhatsApp."""

    def __init__(self, world: World) -> None:
        self.world, self.owner = world, str(world.phone["user_id"])
        self.ghost = f"@{BRIDGE}_49{world.number}:{DOMAIN}"
        account = {"type": "m.login.application_service", "username": f"{BRIDGE}_49{world.number}"}
        self.call("POST", "register", account)
        self.call("PUT", f"profile/{quoted(self.ghost)}/displayname", {"displayname": "Ann (WA)"})

    def call(self, method: str, path: str, body: Any, who: str = "", **more: Any) -> dict[str, Any]:
        """As the bot, or as somebody for whom it may speak."""
        user = who or (self.ghost if path.startswith("profile/") else "")
        query = "&".join(f"{name}={quoted(str(value))}" for name, value in more.items())
        address = f"{CLIENT}/{path}?{query}" + (f"&user_id={quoted(user)}" if user else "")
        return self.world.server.call(method, address, body, BRIDGE_TOKEN)

    def portal(self, *, join: bool = True, kind: str = "dm", channel: str = "49@c.us") -> str:
        """The room of a chat there, in which the ghost is, and the owner if they join."""
        state = {
            "type": "m.bridge",
            "state_key": f"net.maunium.whatsapp://whatsapp/{channel}",
            "content": {
                "bridgebot": BOT,
                "protocol": {"id": "whatsapp", "displayname": "WhatsApp"},
                "channel": {"id": channel},
                "com.beeper.room_type": "dm" if kind != "group" else None,
                "com.beeper.room_type.v2": kind,
            },
        }
        body = {
            "preset": "private_chat",
            "invite": [self.owner, self.ghost],
            "initial_state": [state],
            "name": "Ann (WA)",
            "is_direct": kind == "dm",
        }
        room = str(self.call("POST", "createRoom", body)["room_id"])
        for who in (self.ghost, self.owner) if join else (self.ghost,):
            self.call("POST", f"join/{quoted(room)}", {}, who)
        return room

    def tell(
        self,
        room: str,
        content: Mapping[str, Any],
        who: str = "",
        kind: str = "m.room.message",
        **more: Any,
    ) -> str:
        """Send that content as the bot, or as somebody else; the event's id. `ts`: when it was."""
        path = f"rooms/{quoted(room)}/send/{kind}/bridge{next(_numbers)}"
        return str(self.call("PUT", path, dict(content), who, **more)["event_id"])

    def say(self, room: str, text: str, **more: Any) -> str:
        """Ann writes on WhatsApp."""
        return self.tell(room, {"msgtype": "m.text", "body": text}, self.ghost, **more)

    def puppet(self, room: str, text: str, **more: Any) -> str:
        """The owner writes on WhatsApp."""
        content = {
            "msgtype": "m.text",
            "body": text,
            "fi.mau.double_puppet_source": "mautrix-whatsapp",
        }
        return self.tell(room, content, self.owner, **more)

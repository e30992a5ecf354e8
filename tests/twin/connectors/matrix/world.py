"""On a real Matrix server: an owner with a phone and a twin, and their friend Ann."""

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.twin.connectors.matrix.synapse import BRIDGE_TOKEN, Synapse
from twin.connectors.matrix.account import Account

Who = Mapping[str, Any]
_NUMBERS = count(1)
CLIENT = "/_matrix/client/v3"


def quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


class World:
    """Accounts and a room of their own for each test."""

    def __init__(self, server: Synapse) -> None:
        self.number = number = next(_NUMBERS)
        self.server = server
        self.phone: Who = server.register(f"owner{number}")
        self.twin: Who = server.login(f"owner{number}", device="TWIN")
        self.ann: Who = server.register(f"ann{number}")
        self.put(self.ann, f"profile/{quoted(self.ann['user_id'])}/displayname", displayname="Ann")
        self.chat = self.room(self.ann, self.phone, is_direct=True)

    @property
    def account(self) -> Account:
        who = self.twin
        return Account(self.server.url, who["user_id"], who["device_id"], who["access_token"])

    def post(self, who: Who, path: str, **body: Any) -> Any:
        return self.server.call("POST", f"{CLIENT}/{path}", body, who["access_token"])

    def put(self, who: Who, path: str, **body: Any) -> Any:
        return self.server.call("PUT", f"{CLIENT}/{path}", body, who["access_token"])

    def get(self, who: Who, path: str) -> Any:
        return self.server.call("GET", f"{CLIENT}/{path}", token=who["access_token"])

    def room(self, by: Who, *others: Who, join: bool = True, **body: Any) -> str:
        """A room that somebody makes, in which the others are."""
        invited = [who["user_id"] for who in others]
        body = {"preset": "private_chat", "invite": invited} | body
        room: str = self.post(by, "createRoom", **body)["room_id"]
        for who in others if join else ():
            self.post(who, f"join/{quoted(room)}")
        return room

    def tell(
        self, who: Who, content: Mapping[str, Any], room: str = "", kind: str = "m.room.message"
    ) -> str:
        """Send that content; the event's id."""
        path = f"rooms/{quoted(room or self.chat)}/send/{kind}/{next(_NUMBERS)}"
        event: str = self.put(who, path, **content)["event_id"]
        return event

    def say(self, text: str, who: Who | None = None, room: str = "") -> str:
        """Ann writes, or whoever it is; the event's id."""
        return self.tell(who or self.ann, {"msgtype": "m.text", "body": text}, room)

    def say_at(self, text: str, at: int) -> None:
        """Ann writes, at that time in UTC milliseconds: bridges may set it."""
        ann = quoted(self.ann["user_id"])
        path = f"rooms/{quoted(self.chat)}/send/m.room.message/{next(_NUMBERS)}"
        content = {"msgtype": "m.text", "body": text}
        address = f"{CLIENT}/{path}?user_id={ann}&ts={at}"
        self.server.call("PUT", address, content, BRIDGE_TOKEN)

    def edit(self, who: Who, event: str, text: str) -> None:
        content = {
            "msgtype": "m.text",
            "body": f"* {text}",
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event},
        }
        self.tell(who, content)

    def upload(self, who: Who, data: bytes) -> str:
        """The address that a message has of the file."""
        headers = {"Authorization": f"Bearer {who['access_token']}"}
        address = f"{self.server.url}/_matrix/media/v3/upload"
        request = urllib.request.Request(address, data=data, headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: str = json.loads(answer.read())["content_uri"]
        return found

    def redact(self, who: Who, event: str) -> None:
        self.put(who, f"rooms/{quoted(self.chat)}/redact/{quoted(event)}/{next(_NUMBERS)}")

    def by_owner(self, room: str = "") -> list[Any]:
        """The events of the owner's account that Ann's phone has, oldest first."""
        own = quoted(json.dumps({"senders": [self.phone["user_id"]]}))
        path = f"rooms/{quoted(room or self.chat)}/messages?dir=b&limit=500&filter={own}"
        chunk = self.get(self.ann if not room else self.phone, path)["chunk"]
        sender = self.phone["user_id"]
        return [event for event in reversed(chunk) if event["sender"] == sender]

    def shown(self, room: str = "") -> list[str]:
        """What it shows as text."""
        events = (one for one in self.by_owner(room) if one["type"] == "m.room.message")
        return [event["content"]["body"] for event in events]

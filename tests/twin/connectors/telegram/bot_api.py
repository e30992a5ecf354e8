"""A Bot API server on loopback: one bot, its owner, and friends in the owner's private chats.

Rules and error texts are those of the official server (tdlib/telegram-bot-api 10.0), as far as a
bot that answers for its owner meets them; the text of a missing right is a guess.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any, Self

from aiohttp import web

Told = dict[str, Any]

TOKEN = "4242:a-token-for-tests-and-nothing-else"
BOT = {"id": 4242, "is_bot": True, "first_name": "Twin", "username": "twin_test_bot"}
OWNER = {"id": 100, "is_bot": False, "first_name": "Olga", "language_code": "en"}
ANN = {"id": 200, "is_bot": False, "first_name": "Ann"}
STICKER = {
    "file_id": "CAACAgIAAxkBAAIB",
    "file_unique_id": "AgADAgAD",
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
    "emoji": "🙂",
}
KEPT_S = 24 * 3600  # updates that nobody asks for, and the time to answer a friend
CONFLICT = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
)


class Refusal(Exception):
    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class BotApi:
    """`echoes`: whether what the bot sends in the owner's name comes back to it as an update."""

    def __init__(self, *, echoes: bool = False) -> None:
        self.echoes = echoes
        self.bot: Told = BOT | {"can_connect_to_business": True}
        self.rights: dict[str, bool] = {"can_reply": True, "can_read_messages": True}
        self.connection_id, self.enabled, self.connected_at = "bc-1", False, 0
        self.shared = True  # whether the owner gave the bot their chats
        self.webhook = False
        self.calls: list[tuple[str, Told]] = []
        self.sent: list[Told] = []
        self.files: dict[str, bytes] = {}
        self.refusals: dict[str, list[Refusal | None]] = {}
        self.odd: dict[str, tuple[int, str]] = {}  # methods that are done and answered so
        self.hangs: set[str] = set()  # methods that are done and never answered
        self.drops: set[str] = set()  # methods that are done, and their connection is cut, once
        self.ahead_s = 0.0  # of the real time
        self.confirmed = 0
        self._updates: list[tuple[float, Told]] = []
        self._numbers = iter(range(1, 10**9))
        self._update_id, self._allowed = 1000, set[str]()
        self._news = asyncio.Event()
        self._poll: asyncio.Future[None] | None = None
        self._last_poll: tuple[int, float] = (-1, 0.0)
        self._heard_at: dict[int, float] = {}
        self._strangers: dict[str, Told] = {}
        self._port = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._on_call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._on_file)
        app.router.add_post("/file/bot{token}/{path:.*}", self._on_file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """As a server that is killed: nobody is answered, what it knows is on its disk."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def now(self) -> float:
        return time.time() + self.ahead_s

    # What people do.

    def connect(self, *, enabled: bool = True, user: Told = OWNER, id: str = "bc-1") -> None:
        """Somebody adds the bot to their account, changes its rights or takes it off."""
        told = self._connection() | {"id": id, "user": user, "user_chat_id": user["id"]}
        if user is OWNER:
            self.enabled, self.connection_id = enabled, id
            self.connected_at = int(self.now())
        else:
            self._strangers[id] = told | {"is_enabled": enabled}
        self.tell("business_connection", told | {"is_enabled": enabled})

    def friend_says(self, text: str | None, friend: Told = ANN, **more: Any) -> Told:
        self.heard(friend)
        return self._in_chat(friend, friend, text, more)

    def heard(self, friend: Told = ANN) -> None:
        """The friend wrote now, so that they may be answered."""
        self._heard_at[friend["id"]] = self.now()

    def owner_types(self, text: str | None, friend: Told = ANN, **more: Any) -> Told:
        """On their phone."""
        return self._in_chat(OWNER, friend, text, more)

    def edit(self, message: Told, text: str) -> None:
        changed = message | {"text": text, "edit_date": int(self.now())}
        self.tell("edited_business_message", changed)

    def delete(self, *messages: Told) -> None:
        ids = [message["message_id"] for message in messages]
        told = {"chat": messages[0]["chat"], "message_ids": ids}
        connection = {"business_connection_id": self.connection_id}
        self.tell("deleted_business_messages", told | connection)

    def says_to_bot(self, text: str, user: Told = OWNER, **more: Any) -> Told:
        """In the bot's own chat, which has the id of the person, as Ann's with the owner has."""
        message = self._message(user, user, text=text, **more)
        self.tell("message", message)
        return message

    def press(self, message: Told, data: str, user: Told = OWNER) -> None:
        told = {"id": str(next(self._numbers)), "from": user, "message": message, "data": data}
        self.tell("callback_query", told | {"chat_instance": "1"})

    def refuse(self, method: str, code: int, description: str, **parameters: int) -> None:
        """Once."""
        refusal = Refusal(code, description, **parameters)
        self.refusals.setdefault(method.lower(), []).append(refusal)

    def fail_after(self, method: str, done: int, code: int, said: str, **parameters: int) -> None:
        """Once, after so many calls that succeed."""
        waiting: list[Refusal | None] = [None] * done
        self.refusals[method.lower()] = [*waiting, Refusal(code, said, **parameters)]

    def tell(self, kind: str, value: Told) -> None:
        if not self._allowed or kind in self._allowed:
            self._update_id += 1
            self._updates.append((self.now(), {"update_id": self._update_id, kind: value}))
            self._news.set()

    def said(self, friend: Told = ANN) -> list[str]:
        """What the bot wrote to the friend in the owner's name."""
        told = [m for m in self.sent if m["chat"]["id"] == friend["id"] and _in_name(m)]
        return [message["text"] for message in told if "text" in message]

    def notices(self) -> list[Told]:
        """What the bot wrote to the owner in its own chat."""
        return [m for m in self.sent if m["chat"]["id"] == OWNER["id"] and not _in_name(m)]

    def count(self, method: str) -> int:
        return sum(name == method.lower() for name, _ in self.calls)

    # What the server does.

    def _in_chat(self, sender: Told, friend: Told, text: str | None, more: Told) -> Told:
        content = {"business_connection_id": self.connection_id} | more
        content |= {"text": text} if text is not None else {}
        message = self._message(sender, friend, **content)
        self.tell("business_message", message)
        return message

    def _message(self, sender: Told, chat: Told, **content: Any) -> Told:
        where = {"id": chat["id"], "type": "private", "first_name": chat["first_name"]}
        number, date = next(self._numbers), int(self.now())
        return {"message_id": number, "from": sender, "chat": where, "date": date} | content

    def _connection(self) -> Told:
        return {
            "id": self.connection_id,
            "user": OWNER,
            "user_chat_id": OWNER["id"],
            "date": self.connected_at,
            "is_enabled": self.enabled,
            "rights": self.rights,
        }

    async def _on_call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"].lower()
        arguments = dict(request.query) | dict(await request.post())
        if method != "getupdates":
            self.calls.append((method, arguments))
        try:
            if request.match_info["token"] != TOKEN:
                raise Refusal(401, "Unauthorized")
            waiting = self.refusals.get(method)
            if waiting and (refusal := waiting.pop(0)) is not None:
                raise refusal
            does = getattr(self, f"_{method}", None)
            if does is None:
                raise Refusal(404, "Not Found: method not found")
            result = does(arguments)
            result = await result if asyncio.iscoroutine(result) else result
        except Refusal as error:
            return _refused(error)
        if method in self.drops and request.transport is not None:
            self.drops.discard(method)
            request.transport.close()
        if method in self.odd:
            status, text = self.odd[method]
            return web.Response(status=status, text=text)
        if method in self.hangs:
            await asyncio.Event().wait()
        return web.json_response({"ok": True, "result": result})

    async def _on_file(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["path"]])

    def _getme(self, _: Mapping[str, Any]) -> Told:
        return self.bot

    def _deletewebhook(self, _: Mapping[str, Any]) -> bool:
        self.webhook = False
        return True

    async def _getupdates(self, arguments: Mapping[str, Any]) -> list[Told]:
        if self.webhook:
            raise Refusal(409, f"Conflict: {WEBHOOK}")
        offset, timeout = int(arguments.get("offset", 0)), float(arguments.get("timeout", 0))
        self._allowed = set(json.loads(arguments.get("allowed_updates", "[]"))) or self._allowed
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Refusal(409, f"Conflict: {CONFLICT}"))
        self._poll = mine = asyncio.get_running_loop().create_future()
        last, at = self._last_poll
        since = self.now() - at if last == offset else KEPT_S
        limit, timeout = 1 if since < 0.5 else 100, max(timeout, 3) if since < 3 else timeout
        self._confirm(offset)
        if not self._updates:
            self._news.clear()
            news = asyncio.create_task(self._news.wait())
            await asyncio.wait({news, mine}, timeout=timeout, return_when="FIRST_COMPLETED")
            news.cancel()
        if mine.done():
            mine.result()
        mine.cancel()
        self._last_poll = offset, self.now()
        return [update for _, update in self._updates[:limit]]

    def _confirm(self, offset: int) -> None:
        self.confirmed = max(self.confirmed, offset - 1)
        oldest = self.now() - KEPT_S
        kept = [one for one in self._updates if one[1]["update_id"] >= offset]
        self._updates = [one for one in kept if one[0] >= oldest]

    def _getbusinessconnection(self, arguments: Mapping[str, Any]) -> Told:
        if stranger := self._strangers.get(str(arguments["business_connection_id"])):
            return stranger
        self._check(arguments)
        return self._connection()

    def _sendmessage(self, arguments: Mapping[str, Any]) -> Told:
        chat, text = int(arguments["chat_id"]), str(arguments.get("text", "")).strip()
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) > 2 * 4096:
            raise Refusal(400, "Bad Request: message is too long")
        if "business_connection_id" not in arguments:
            return self._send_as_bot(chat, text, arguments)
        return self._send_in_name(arguments, text=text)

    def _sendsticker(self, arguments: Mapping[str, Any]) -> Told:
        return self._send_file("sticker", arguments)

    def _sendanimation(self, arguments: Mapping[str, Any]) -> Told:
        return self._send_file("animation", arguments)

    def _sendvoice(self, arguments: Mapping[str, Any]) -> Told:
        told = {"file_id": "AwACAgIAAxkBAAIB", "file_unique_id": "AgADAgAE", "duration": 1}
        sound = arguments["voice"].file.read()
        return self._send_in_name(arguments, voice=told | {"file_size": len(sound)})

    def _send_file(self, kind: str, arguments: Mapping[str, Any]) -> Told:
        """Of a file that is sent again, or for the first time."""
        given = arguments[kind]
        if isinstance(given, str) and given != STICKER["file_id"]:
            raise Refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
        told = STICKER if kind == "sticker" else STICKER | {"duration": 1}
        name = getattr(given, "filename", None)
        return self._send_in_name(arguments, **{kind: told | ({"file_name": name} if name else {})})

    def _send_in_name(self, arguments: Mapping[str, Any], **content: Any) -> Told:
        chat = int(arguments["chat_id"])
        self._check(arguments)
        if not self.enabled or not self.rights.get("can_reply"):
            raise Refusal(403, "Forbidden: not enough rights to send messages in the chat")
        if not self.shared:
            raise Refusal(400, "Bad Request: BUSINESS_PEER_INVALID")
        if self.now() - self._heard_at.get(chat, 0) > KEPT_S:
            raise Refusal(400, "Bad Request: BUSINESS_PEER_USAGE_MISSING")
        friend = ANN | {"id": chat}
        message = self._message(
            *(OWNER, friend),
            business_connection_id=self.connection_id,
            sender_business_bot=BOT,
            **content,
        )
        self.sent.append(message)
        if self.echoes:
            self.tell("business_message", message)
        return message

    def _send_as_bot(self, chat: int, text: str, arguments: Mapping[str, Any]) -> Told:
        users = {user["id"]: user for user in (OWNER, ANN)}
        if chat not in users:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        markup = json.loads(arguments.get("reply_markup", "{}"))
        shown = {"reply_markup": markup} if "inline_keyboard" in markup else {}
        message = self._message(BOT, users[chat], text=text, **shown)
        self.sent.append(message | {"asked": markup})
        return message

    def _editmessagereplymarkup(self, arguments: Mapping[str, Any]) -> Told:
        number = int(arguments["message_id"])
        (message,) = (one for one in self.sent if one["message_id"] == number)
        message.pop("reply_markup", None)
        return {name: value for name, value in message.items() if name != "asked"}

    def _answercallbackquery(self, _: Mapping[str, Any]) -> bool:
        return True

    def _sendchataction(self, arguments: Mapping[str, Any]) -> bool:
        if "business_connection_id" in arguments:
            self._check(arguments)
        return True

    def _readbusinessmessage(self, arguments: Mapping[str, Any]) -> bool:
        self._check(arguments)
        if not self.rights.get("can_read_messages"):
            raise Refusal(403, "Forbidden: BOT_ACCESS_FORBIDDEN")
        return True

    def _getfile(self, arguments: Mapping[str, Any]) -> Told:
        number, size = str(arguments["file_id"]), len(self.files[str(arguments["file_id"])])
        if size > 20 * 1024 * 1024:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": number, "file_unique_id": "u", "file_path": number, "file_size": size}

    def _check(self, arguments: Mapping[str, Any]) -> None:
        if arguments.get("business_connection_id") != self.connection_id or not self.connected_at:
            raise Refusal(400, "Bad Request: business connection not found")


def _in_name(message: Told) -> bool:
    return "business_connection_id" in message


def _refused(refusal: Refusal) -> web.Response:
    told: Told = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        told["parameters"] = refusal.parameters
    return web.json_response(told, status=refusal.code)

"""A OneBot v11 gateway without QQ, with the habits that NapCat's and LLBot's sources show."""

import asyncio
import hashlib
import json
import time
from contextlib import suppress
from typing import Any, Literal

from aiohttp import WSMsgType, web

from twin.connectors.onebot.settings import Settings

Frame = dict[str, Any]
OWNER, ANN, BOB, LUNCH = 10_001, 20_002, 20_003, 30_003
HELPER = 2_854_196_310
NAMES = {OWNER: "Olga", ANN: "Ann", BOB: "Bob", HELPER: "Q群管家"}
TOKEN = "the token of tests"
Kind = Literal["napcat", "llbot"]
Refuses = Literal["frame", "1008", "401"]
Echoes = Literal["first", "after", "held", "twice", "never"]


class Refusal(Exception):
    def __init__(self, retcode: int, said: str) -> None:
        super().__init__(said)
        self.retcode, self.said = retcode, said


def text(words: str) -> list[Frame]:
    return [{"type": "text", "data": {"text": words}}]


class FakeGateway:
    """One account with a friend and a group. Public attributes change how it behaves.

    kind: NapCat and LLBot page, number and name things differently.
    refusal: how a wrong token is told: after the handshake, or as the standard says.
    echoes: of what is sent; "first" comes before the answer, "held" with `let_echoes_go`.
    """

    def __init__(self, kind: Kind = "napcat") -> None:
        self.kind = kind
        self.refusal: Refuses = "frame"
        self.echoes: Echoes = "after"
        self.as_text = False
        self.online = True
        self.most_kept = 10_000  # messages of a chat that it still shows
        self.hangs: set[str] = set()
        self.fails: dict[str, Refusal] = {}
        self.loses_answers = 0  # so many messages are sent, and NapCat says that it heard nothing
        self.calls: list[tuple[str, Frame]] = []
        self.sent: list[tuple[int, str]] = []
        self.files: dict[str, bytes] = {}
        self.kept: dict[int, list[Frame]] = {}
        self.port = 0
        self._held: list[Frame] = []
        self._sockets: list[web.WebSocketResponse] = []
        self._runner: web.AppRunner | None = None
        self._count = 0

    def settings(self, **changes: Any) -> Settings:
        given: dict[str, Any] = {"token": TOKEN, "watchdog_seconds": 60.0, "media_mb": 1.0}
        return Settings(url=f"ws://127.0.0.1:{self.port}/", **(given | changes))

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/", self._accept)
        app.router.add_get("/files/{name}", self._file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Gone at once, without a good-bye; QQ itself goes on."""
        self.break_off()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def break_off(self) -> None:
        for socket in self._sockets:
            request = socket._req
            if request is not None and request.transport is not None:
                request.transport.abort()

    @property
    def is_connected(self) -> bool:
        return bool(self._sockets)

    # What happens on the phones.

    async def say(self, words: str | list[Frame], *, by: int = ANN, to: int = OWNER) -> Frame:
        """A message to the owner or, by the owner, to somebody; `LUNCH` is the group."""
        frame = self.write(words, by=by, to=to)
        if by != OWNER or self.echoes != "never":
            await self.tell(frame)
        return frame

    def write(
        self, words: str | list[Frame], *, by: int = ANN, to: int = OWNER, at: float | None = None
    ) -> Frame:
        """The same, and nobody is told: QQ keeps it."""
        chat = to if to == LUNCH or by == OWNER else by
        frame = self._frame(text(words) if isinstance(words, str) else words, by, chat, at)
        self.kept.setdefault(chat, []).append(frame)
        return frame

    async def recall(self, frame: Frame) -> None:
        notice = {"user_id": frame["user_id"], "message_id": frame["message_id"]}
        kind = "friend_recall"
        if "group_id" in frame:
            kind = "group_recall"
            notice |= {"group_id": LUNCH, "operator_id": frame["user_id"]}
        await self.tell(self._event(post_type="notice", notice_type=kind, **notice))

    async def kick(self) -> None:
        self.online = False
        await self.tell(self._event(post_type="notice", notice_type="bot_offline", tag="下线"))

    async def beat(self) -> None:
        status = {"online": self.online, "good": True}
        await self.tell(self._meta("heartbeat", status=status, interval=30_000))

    async def let_echoes_go(self) -> None:
        held, self._held = self._held, []
        for frame in held:
            await self.tell(frame)

    async def tell(self, frame: Any) -> None:
        for socket in tuple(self._sockets):
            with suppress(ConnectionError):
                await socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    def _event(self, **fields: Any) -> Frame:
        return {"time": int(time.time()), "self_id": OWNER} | fields

    def _meta(self, kind: str, **more: Any) -> Frame:
        return self._event(post_type="meta_event", meta_event_type=kind, **more)

    def _frame(self, message: list[Frame], by: int, chat: int, at: float | None) -> Frame:
        self._count += 1
        digest = hashlib.md5(f"{self._count}|{chat}".encode(), usedforsecurity=False).digest()
        id_ = int.from_bytes(digest[:4], "big") & 0x7FFF_FFFF
        frame = self._event(
            time=int(time.time() if at is None else at),
            post_type="message_sent" if by == OWNER else "message",
            message_type="group" if chat == LUNCH else "private",
            sub_type="normal" if chat == LUNCH else "friend",
            message_id=id_,
            message_seq=id_ if self.kind == "napcat" else self._count,
            user_id=by,
            sender={"user_id": by, "nickname": NAMES.get(by, str(by)), "card": ""},
            message="[CQ:text]" if self.as_text else message,
        )
        if self.kind == "napcat":
            frame["real_seq"] = str(self._count)
        if chat == LUNCH:
            frame |= {"group_id": LUNCH, "group_name": "Lunch"}
        if by == OWNER:
            frame["target_id"] = chat
        return frame

    # The wire.

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        is_known = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        if not is_known and self.refusal == "401":
            return web.Response(status=401)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if not is_known:
            refused = {"status": "failed", "retcode": 1403, "data": None, "echo": None}
            await socket.send_json(refused | {"message": "token验证失败"})
            await socket.close(code=1008 if self.refusal == "1008" else 1000)
            return socket
        self._sockets.append(socket)
        tasks: set[asyncio.Task[None]] = set()
        try:
            await socket.send_json(self._meta("lifecycle", sub_type="connect"))
            async for message in socket:
                if message.type is WSMsgType.TEXT:  # calls overlap, answers come in any order
                    tasks.add(asyncio.create_task(self._answer(socket, json.loads(message.data))))
        finally:
            self._sockets.remove(socket)
            for task in tasks:
                task.cancel()
        return socket

    async def _file(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["name"]])

    async def _answer(self, socket: web.WebSocketResponse, call: Frame) -> None:
        action, params, echo = call["action"], call["params"], call["echo"]
        self.calls.append((action, params))
        answer: Frame = {"status": "ok", "retcode": 0, "data": None, "message": "", "echo": echo}
        after = None
        try:
            does = getattr(self, f"_do_{action}", None)
            if does is None or (action == "get_recent_contact" and self.kind == "llbot"):
                raise Refusal(1404, f"不支持的API {action}")
            if action in self.fails:
                raise self.fails[action]
            answer["data"], after = does(params)
            if after is not None and self.loses_answers:
                self.loses_answers -= 1
                raise Refusal(1200, "Timeout: NTEvent serviceAndMethod:sendMsg")
        except Refusal as refusal:
            answer |= {"status": "failed", "retcode": refusal.retcode, "message": refusal.said}
        if after is not None and self.echoes == "first":
            await self.tell(after)
        if action in self.hangs:
            return
        with suppress(ConnectionError):
            await socket.send_json(answer)
        if after is not None and self.echoes in ("after", "twice"):
            await self.tell(after)
            if self.echoes == "twice":
                await self.tell(after)
        if after is not None and self.echoes == "held":
            self._held.append(after)

    def _do_get_login_info(self, _: Frame) -> tuple[Frame, None]:
        return {"user_id": OWNER, "nickname": "Olga"}, None

    def _do_get_status(self, _: Frame) -> tuple[Frame, None]:
        return {"online": self.online, "good": True}, None

    def _do_get_friend_list(self, _: Frame) -> tuple[list[Frame], None]:
        return [{"user_id": ANN, "nickname": "ann_99", "remark": "Ann"}], None

    def _do_get_group_list(self, _: Frame) -> tuple[list[Frame], None]:
        return [{"group_id": LUNCH, "group_name": "Lunch"}], None

    def _do_set_input_status(self, _: Frame) -> tuple[None, None]:
        return None, None

    def _do_send_private_msg(self, params: Frame) -> tuple[Frame, Frame]:
        return self._send(int(params["user_id"]), params["message"])

    def _do_send_group_msg(self, params: Frame) -> tuple[Frame, Frame]:
        return self._send(int(params["group_id"]), params["message"])

    def _send(self, chat: int, message: Any) -> tuple[Frame, Frame]:
        assert isinstance(message, list), "a text would be read for codes"
        frame = self.write(message, by=OWNER, to=chat)
        self.sent.append((chat, "".join(one["data"].get("text", "") for one in message)))
        return {"message_id": frame["message_id"]}, frame

    def _do_get_recent_contact(self, params: Frame) -> tuple[list[Frame], None]:
        rows = [
            {"peerUin": str(chat), "chatType": 2 if chat == LUNCH else 1,
             "msgTime": str(frames[-1]["time"]), "peerName": NAMES.get(chat, "")}
            for chat, frames in self.kept.items()
        ]  # fmt: skip
        return rows[: params["count"]], None

    def _do_get_friend_msg_history(self, params: Frame) -> tuple[Frame, None]:
        return self._history(int(params["user_id"]), params)

    def _do_get_group_msg_history(self, params: Frame) -> tuple[Frame, None]:
        return self._history(int(params["group_id"]), params)

    def _history(self, chat: int, params: Frame) -> tuple[Frame, None]:
        frames = self.kept.get(chat, [])[-self.most_kept :]
        start, count = params.get("message_seq"), params.get("count", 20)
        at = next((n for n, one in enumerate(frames) if str(one["message_seq"]) == start), None)
        if start is None:
            page = frames[-count:]
        elif at is None:
            page = []
        elif self.kind == "llbot" or params.get("reverse_order"):
            page = frames[max(0, at + 1 - count) : at + 1]
        else:
            page = frames[at : at + count]
        if not page and self.kind == "napcat":
            raise Refusal(1200, f"消息{start}不存在")
        return {"messages": page[::-1] if params.get("reverseOrder") else page}, None

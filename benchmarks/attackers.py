"""Everything that strangers and one friend can send to stop a bot, at once and over and over.

Run by `python -m benchmarks.attacks`, in a process of its own.
"""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count

import httpx
import websockets

from benchmarks.friend_tab import FriendTab

SILENT = 1100
PAUSE_S = 0.05  # between attempts of one attack: the machine is the bot's too
Attack = Callable[["Target"], Awaitable[None]]
done: Counter[str] = Counter()
number = count()


class Target:
    """Where the bot is, and the link of the friend who attacks."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        parsed = httpx.URL(url)
        self.host, self.port = parsed.host, parsed.port or 80
        self.http = httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=20)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.host, self.port)

    async def say(self, text: str) -> None:
        body = {"id": f"{random.random()}", "text": text}
        await self.http.post(f"/c/{self.token}", json=body)


async def silent(target: Target) -> None:
    """A connection that says nothing, until the bot ends it."""
    reader, writer = await target.connect()
    await reader.read()
    writer.close()


async def slow_body(target: Target) -> None:
    reader, writer = await target.connect()
    writer.write(
        f"POST /c/{target.token} HTTP/1.1\r\nHost: {target.host}\r\n"
        "Content-Type: application/json\r\nContent-Length: 999999\r\n\r\n".encode()
    )
    while not reader.at_eof():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(1)
    writer.close()


async def endless_headers(target: Target) -> None:
    _, writer = await target.connect()
    writer.write(f"GET / HTTP/1.1\r\nHost: {target.host}\r\n".encode())
    with suppress(ConnectionError):
        for _ in range(2000):
            writer.write(b"x-%d: %s\r\n" % (next(number), b"y" * 500))
            await writer.drain()
    writer.close()


async def attachments(target: Target) -> None:
    """An event that announces millions of attachments."""
    address = target.url.replace("http", "ws")
    address += "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    async with websockets.connect(address, origin=target.url, max_size=None) as web:  # type: ignore[arg-type]
        await web.send("40")
        await web.send('459999999-["event",{"_placeholder":true,"num":0}]')
        for _ in range(200):
            await web.send(b"\0" * 4000)


async def pages(target: Target) -> None:
    """A page whose socket is never opened."""
    await target.http.get(f"/c/{target.token}")


async def unknown_pages(target: Target) -> None:
    await target.http.get(f"/c/guess-{next(number)}")


async def bad_origin(target: Target) -> None:
    await target.http.post("/login", headers={"Origin": "http://[::1"}, content=b"password=x")


async def log_event(target: Target) -> None:
    async with FriendTab(target.http, target.url, target.token) as tab:
        await tab.emit("log", {"level": "error", "message": "\x1b[2J a=[1] " * 8000})
        await tab.closed()


async def events(target: Target) -> None:
    async with FriendTab(target.http, target.url, target.token) as tab:
        for _ in range(1000):
            await tab.emit("event", {"id": 3, "listener_id": "x", "args": ["x" * 1000]})
            await tab.emit("event", {"id": 3, "listener_id": "x", "args": ["1"]})


async def many_lines(target: Target) -> None:
    await target.say("a\n" * 999 + str(next(number)))


async def too_long(target: Target) -> None:
    await target.say("x" * 1_000_000)


async def slow_for_regexes(target: Target) -> None:
    texts = ("<title>" + " " * 1900, "1" * 1990, "a" + "\u0301\u0316" * 900, "&#" + "9" * 1900)
    await target.say(random.choice(texts) + str(next(number)))


async def api(target: Target) -> None:
    body = {"model": "twin", "messages": [{"role": "user", "content": "a\n" * 50_000}]}
    await target.http.post("/v1/chat/completions", json=body, headers={"Authorization": "Bearer x"})


ATTACKS: dict[Attack, int] = {  # each with how many do it at once
    **dict.fromkeys((attachments, pages, unknown_pages, bad_origin, endless_headers, api), 2),
    **dict.fromkeys((log_event, events, many_lines, too_long, slow_for_regexes), 2),
    slow_body: 50,
    silent: SILENT,
}


# How a bot that defends itself looks from here.
REFUSED = (OSError, httpx.HTTPError, websockets.WebSocketException, ValueError)


async def _repeat(attack: Attack, target: Target) -> None:
    while True:
        with suppress(*REFUSED):
            await attack(target)
        done[attack.__name__] += 1
        await asyncio.sleep(PAUSE_S)


async def main(url: str, token: str) -> None:
    """Until the process is told to end; then print how often each attack was made."""
    target, told = Target(url, token), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with asyncio.TaskGroup() as group:
        for attack, at_once in ATTACKS.items():
            for _ in range(at_once):
                group.create_task(_repeat(attack, target))
        await told.wait()
        print(json.dumps(done), flush=True)
        os._exit(0)  # some of the connections would take their time to close


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

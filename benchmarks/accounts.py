"""The far sides of four accounts, so that a real bot can be connected to all of them."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.synapse import missing as no_synapse
from tests.twin.connectors.matrix.world import World
from tests.twin.connectors.onebot.gateway import FakeGateway
from tests.twin.connectors.telegram.bot_api import TOKEN, BotApi
from tests.twin.connectors.wechaty.gateway import Gateway
from tests.twin.connectors.wechaty.gateway import missing as no_gateway
from twin.connectors.matrix.account import save_account
from twin.connectors.telegram.account import save_token

PLATFORMS = ("telegram", "matrix", "qq", "wechat")


@contextmanager
def four_accounts(data: Path) -> Iterator[str]:
    """The bot's settings for them: Telegram and QQ are fakes, Matrix and WeChat real servers.

    What they remember of a login is written into the data folder.
    """
    for reason in (no_synapse(), no_gateway()):
        if reason is not None:
            raise SystemExit(reason)
    with ExitStack() as opened:
        loop = opened.enter_context(_loop_in_a_thread())
        yield "\n".join(
            (
                _telegram(opened, loop, data),
                _qq(opened, loop),
                _matrix(opened, data),
                _wechat(opened),
            )
        )


@contextmanager
def _loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _end_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _telegram(opened: ExitStack, loop: asyncio.AbstractEventLoop, data: Path) -> str:
    async def start() -> BotApi:
        api = await BotApi().__aenter__()
        api.connect()
        return api

    api = asyncio.run_coroutine_threadsafe(start(), loop).result()
    end = api.__aexit__
    opened.callback(lambda: asyncio.run_coroutine_threadsafe(end(None, None, None), loop).result())
    save_token(data, TOKEN)
    return f'[connectors.telegram]\nenabled = true\nserver = "{api.url}"\n'


def _qq(opened: ExitStack, loop: asyncio.AbstractEventLoop) -> str:
    gateway = FakeGateway()
    asyncio.run_coroutine_threadsafe(gateway.start(), loop).result()
    opened.callback(lambda: asyncio.run_coroutine_threadsafe(gateway.stop(), loop).result())
    settings = gateway.settings()
    return (
        f'[connectors.onebot]\nenabled = true\nurl = "{settings.url}"\ntoken = "{settings.token}"\n'
    )


def _matrix(opened: ExitStack, data: Path) -> str:
    server = Synapse(data / "synapse")
    server.start()
    opened.callback(server.stop)
    save_account(data, World(server).account)
    return "[connectors.matrix]\nenabled = true\n"


def _wechat(opened: ExitStack) -> str:
    gateway = Gateway()
    gateway.start()
    opened.callback(gateway.stop)
    gateway.login()
    settings = gateway.settings()
    return (
        f'[connectors.wechaty]\nenabled = true\nendpoint = "{settings.endpoint}"\n'
        f'token = "{settings.token}"\n'
    )

"""A whole bot with its pages in the test's own loop; only the model is a fake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect
from sqlite_utils import Database

from storage.chats import Chat
from storage.database import open_database
from storage.messages import NewMessage, log_message
from storage.outbox import Piece, record_decision
from storage.pieces import StickerOf
from tests.twin.connectors.web.serving import FriendsPage
from tests.twin.dashboard.stage import DESKTOP, PASSWORD, QUICK, friends_page
from tests.twin.fakes import FakeConnector, FakeEngine, config_in
from training.forgetting import forget, withdraw
from twin.app import App
from twin.backup.job import BackupJob
from twin.backup.nightly import NightlyBackups
from twin.blind.blind_test import BlindTest
from twin.cli.chat import page_is_up
from twin.clock import SYSTEM_CLOCK
from twin.config.schema import Config, OwnerSettings, PolicySettings, ReplySettings
from twin.connectors.web.connector import WebConnector
from twin.dashboard.app import add_dashboard
from twin.dashboard.auth.password import PasswordFile
from twin.dashboard.auth.sessions import OwnerAuth
from twin.dashboard.context import DashboardContext

PATIENCE_MS = 30_000
START_S = 30.0
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Living:
    """The bot; friends come by the web and by a fake platform."""

    config: Config
    db: Database
    page: FriendsPage
    fake: FakeConnector = field(default_factory=FakeConnector)
    engine: FakeEngine = field(default_factory=FakeEngine)

    @property
    def web(self) -> WebConnector:
        return self.page.web

    @property
    def home(self) -> str:
        return self.page.server.address

    def log(self, chat: Chat, text: str, at: int, origin: Any = "peer", **more: Any) -> int:
        number = log_message(self.db, NewMessage(chat.id, origin, text, at, **more))
        assert number is not None
        return number

    def draft(self, chat: Chat, asked: str, *lines: str | StickerOf) -> Piece:
        """A draft on a message; its first piece."""
        last = self.log(chat, asked, 1_700_000_000_000)
        return record_decision(self.db, chat.id, last, "mode is draft", lines, state="draft")[0]

    async def visit(
        self, browser: Browser, path: str, size: tuple[int, int] = DESKTOP, language: str = "en"
    ) -> Page:
        """A device of its own on which the owner logged in and opened the page."""
        page = await self.open(browser, f"{self.home}/login?next={path}", size, language)
        await page.locator("#password").fill(PASSWORD)
        await page.locator("button").click()
        await expect(page.locator("main h1")).to_be_visible()
        return page

    async def open(
        self, browser: Browser, address: str, size: tuple[int, int], language: str = "en"
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            service_workers="block",  # tests/twin/dashboard/test_installed_browser.py has it
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        await page.goto(address)
        return page


@asynccontextmanager
async def living(folder: Path) -> AsyncIterator[Living]:
    config = config_in(folder).model_copy(
        update={
            "owner": OwnerSettings(name="Wei"),
            "reply": ReplySettings(quiet_seconds=0.1, cap_seconds=1, chars_per_second=1000),
            "policy": PolicySettings(quiet_hours=""),
        }
    )
    password = PasswordFile(folder, QUICK)
    password.set(PASSWORD)
    db = open_database(config.database)
    page = friends_page(db, "Wei")
    page.server.bind()
    bot = Living(config, db, page)
    app = App(config, db, [bot.web, bot.fake], bot.engine, web=page.server)
    context = DashboardContext(
        db=db,
        config=config,
        engine=bot.engine,
        connectors=(bot.web, bot.fake),
        training=None,
        backups=NightlyBackups(lambda: config, BackupJob(config.path), lambda: False, SYSTEM_CLOCK),
        actions=app.actions,
        devices=app.devices,
        blind=BlindTest(config, db, bot.engine),
        link=bot.web.link,
        blind_link=bot.web.link,
        forget=partial(forget, config),
        withdraw=partial(withdraw, config),
    )
    page.server.add(partial(add_dashboard, context=context, auth=OwnerAuth(db, password, 24.0)))
    running = asyncio.create_task(app.run())
    try:
        await asyncio.wait_for(page_is_up(bot.web), START_S)
        yield bot
    finally:
        app.stop()
        await asyncio.wait_for(running, START_S)
        db.close()

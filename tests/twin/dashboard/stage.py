"""Serve the dashboard in the test's own loop, and open it in browsers."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from playwright.async_api import Browser, Page, expect
from sqlite_utils import Database

from storage.database import open_database
from storage.errors import TwinError
from tests.twin.connectors.web.serving import FriendsPage
from tests.twin.fakes import FakeConnector, FakeEngine, FakeReplies, FakeTime, config_in
from tests.twin.push.fake_service import FakePushService
from training.dataset.browser import SampleBrowser
from training.forgetting import ForgetOutcome, forget, withdraw
from training.report.report_files import ReportFiles
from twin.actions import Actions
from twin.api.app import add_api
from twin.api.context import ApiContext
from twin.backup.job import BackupJob
from twin.backup.nightly import NightlyBackups
from twin.blind.blind_test import BlindTest
from twin.blind.page import add_blind_page, blind_link
from twin.config.schema import Config, MemorySettings, OwnerSettings, ScheduleSettings
from twin.connectors.base import Connector, Event
from twin.dashboard.app import add_dashboard
from twin.dashboard.auth.password import PasswordFile
from twin.dashboard.auth.sessions import OwnerAuth
from twin.dashboard.context import DashboardContext
from twin.push.delivery import Delivery
from twin.push.devices import Devices
from twin.push.service import PushService

PASSWORD = "correct horse"
PHONE, DESKTOP = (390, 780), (1280, 800)
# Real hashing takes tens of milliseconds and 64 MB, each time.
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def friends_page(db: Database, owner: str, proxies: tuple[str, ...] = ()) -> FriendsPage:
    return FriendsPage(db, owner, names=("twin.example",), proxies=proxies, max_chars=200)


class FakeTraining:
    """A trainer that only notes what is ordered."""

    def __init__(self) -> None:
        self.running = False
        self.due: int | None = None
        self.followed: list[ScheduleSettings] = []

    def is_running(self) -> bool:
        return self.running

    def next_at(self) -> int | None:
        return self.due

    def follow(self, schedule: ScheduleSettings) -> None:
        self.followed.append(schedule)

    async def train(self, reason: str) -> str:
        return "done"

    async def run(self, tell: object) -> None:
        await asyncio.Event().wait()


@dataclass
class Stage:
    """`replies` and `ordered` are what the pages made the bot do."""

    config: Config
    db: Database
    time: FakeTime
    password: PasswordFile
    fake: FakeConnector = field(default_factory=FakeConnector)
    engine: FakeEngine = field(default_factory=FakeEngine)
    training: FakeTraining = field(default_factory=FakeTraining)
    replies: FakeReplies = field(default_factory=FakeReplies)
    ordered: list[str] = field(default_factory=list)
    app: FastAPI = field(default_factory=FastAPI)
    proxies: tuple[str, ...] = ()
    push: FakePushService = field(default_factory=FakePushService)

    def __post_init__(self) -> None:
        self.page = friends_page(self.db, self.config.owner.name, self.proxies)
        self.web = self.page.web
        self.auth = OwnerAuth(self.db, self.password, 24.0, self.time.clock)
        self.actions = Actions(
            self.config,
            self.db,
            self.time.clock,
            self.replies,
            lambda: self.ordered.append("train"),
        )
        clock = self.time.clock
        service = PushService("https://twin.example", self.push.connect)
        delivery = Delivery(self.db, self.config.data, service, clock)
        self.devices = Devices(self.db, delivery, clock)
        self.blind = BlindTest(self.config, self.db, self.engine, self.time.clock, random.Random(1))
        self.connectors: list[Connector] = [self.web, self.fake]
        self.refusal: TwinError | None = None  # of the live adapter
        self.context = DashboardContext(
            db=self.db,
            config=self.config,
            engine=self.engine,
            connectors=self.connectors,
            training=self.training,
            backups=NightlyBackups(
                lambda: self.config,
                BackupJob(self.config.path),
                self.training.is_running,
                self.time.clock,
            ),
            actions=self.actions,
            devices=self.devices,
            blind=self.blind,
            link=self.web.link,
            blind_link=lambda token: blind_link(self.home, token),
            forget=self._forget,
            withdraw=partial(withdraw, self.config),
            samples=SampleBrowser(self.config.path),
            report=self._report,
            clock=self.time.clock,
            reports=ReportFiles(self.config),
            restart=lambda: self.ordered.append("restart"),
            refusal=lambda: self.refusal,
        )

    def _forget(self, chat_id: int) -> ForgetOutcome:
        return forget(self.config, chat_id)

    async def _report(self) -> None:
        """A report with what no report has: a script."""
        await asyncio.to_thread(_write_report, self.config.path_of("reports"))

    @property
    def home(self) -> str:
        return self.page.server.address

    def http(self, **headers: str) -> httpx.AsyncClient:
        """A client that says what a browser says of its own pages."""
        origin = {"Origin": self.home, "Accept": "text/html", **headers}
        # Without TLS: reading the certificates takes longer than a request.
        return httpx.AsyncClient(base_url=self.home, headers=origin, verify=False, timeout=60)

    async def log_in(self, http: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
        return await http.post("/login", data={"password": password})

    async def visit(
        self,
        browser: Browser,
        path: str = "/",
        size: tuple[int, int] = DESKTOP,
        language: str = "en",
        dots: float = 1,
        installed: bool = False,
    ) -> Page:
        """A device of its own on which the owner logged in and opened the page.

        `installed`: with the service worker, which takes its time.
        """
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            device_scale_factor=dots,
            service_workers="allow" if installed else "block",
        )
        page = await context.new_page()
        await page.goto(f"{self.home}/login?next={path}")
        await page.locator("#password").fill(PASSWORD)
        await page.locator("button").click()
        await expect(page.locator("main h1")).to_be_visible()
        return page


def _write_report(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    page = "<h1>report</h1><script>document.querySelector('h1').textContent = 'ran'</script>"
    (folder / "dataset.html").write_text(page, "utf-8")


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    password: str | None = PASSWORD,
    owner: str = "Wei",
    proxies: tuple[str, ...] = (),
) -> AsyncIterator[Stage]:
    memory = MemorySettings(enabled=True, embeddings="")
    changes = {"owner": OwnerSettings(name=owner), "memory": memory}
    config = config_in(folder).model_copy(update=changes)
    file = PasswordFile(folder, QUICK)
    if password is not None:
        file.set(password)
    stage = Stage(config, open_database(config.database), FakeTime(), file, proxies=proxies)
    server = stage.page.server
    server.add(partial(add_dashboard, context=stage.context, auth=stage.auth))
    clock = stage.time.clock
    server.add(partial(add_blind_page, db=stage.db, test=stage.blind, owner=owner, clock=clock))
    context = ApiContext(config, stage.db, stage.engine, stage.actions)
    server.add(partial(add_api, context=context))
    server.add(lambda app: setattr(stage, "app", app))

    async def emit(_name: str, _event: Event) -> None: ...

    async with stage.page.run(emit):
        yield stage
    stage.db.close()

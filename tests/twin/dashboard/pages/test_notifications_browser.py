"""Notifications in a real Chromium. Its push service needs the internet: that one is a fake."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from storage.notice_kinds import are_names_told, is_told
from storage.push_devices import list_devices
from tests.chromium import needs_chromium
from tests.twin.dashboard.stage import PHONE, Stage
from tests.twin.push.fake_service import FakeBrowser

pytestmark = needs_chromium
# What a browser's maker does in a browser that was allowed to notify.
GIVES = """(given) => {
  let held = null;
  const subscription = {
    endpoint: given.endpoint,
    toJSON: () => ({ endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } }),
    unsubscribe: async () => { held = null; localStorage.ended = "yes"; return true; },
  };
  PushManager.prototype.getSubscription = async () => held;
  PushManager.prototype.subscribe = async (options) => {
    const key = options.applicationServerKey;
    self.boundTo = typeof key === "string" ? key : [...new Uint8Array(key)];
    return (held = subscription);
  };
}"""
# What the worker does where a push service says so; only the service can.
RENEWED = """async () => {
  const event = new ExtendableEvent("pushsubscriptionchange");
  const ended = new Promise((tell) => { event.waitUntil = tell; });
  self.dispatchEvent(event);
  await ended;
}"""
# Nobody can tap on a notice here, and without a tap no browser opens a window. Of two of a kind
# only the later one is left.
TAPPED = """async () => {
  const opened = new Promise((tell) => { self.clients.openWindow = tell; });
  for (let left = 500; left > 0; left--) {
    const [notification, ...more] = await self.registration.getNotifications();
    if (notification?.body === "两份草稿" && more.length === 0) {
      self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
      return [notification.body, await opened];
    }
    await new Promise((later) => setTimeout(later, 20));
  }
}"""


@pytest.fixture
async def pushing(stage: Stage, tmp_path: Path) -> AsyncIterator[Stage]:
    stage.push.now = lambda: stage.time.now() / 1000
    async with stage.push.running(tmp_path):
        yield stage


def as_script(given: FakeBrowser) -> str:
    return json.dumps(asdict(given.subscription))


async def opened(
    stage: Stage, browser: Browser, *, given: FakeBrowser | None = None, language: str = "en"
) -> Page:
    page = await stage.visit(browser, "/notifications", PHONE, language, installed=True)
    if given is not None:
        await page.context.grant_permissions(["notifications"])
        await page.add_init_script(f"({GIVES})({as_script(given)})")
        await page.reload()
    return page


async def test_a_device_is_told_until_it_is_removed_stopped_or_logged_out(
    pushing: Stage, browser: Browser
) -> None:
    given = pushing.push.browser()
    page = await opened(pushing, browser, given=given)
    said = page.get_by_role("status")
    await expect(said.first).to_have_text("This device is not told of anything.")
    await page.get_by_role("button", name="Tell this device").click()
    await expect(said.first).to_have_text("This device is told.")
    point = await page.evaluate("window.boundTo")
    assert (len(point), point[0]) == (65, 4)
    await expect(page.get_by_role("heading", level=3)).to_have_text("Chrome · Linux (this one)")
    await page.get_by_role("button", name="Send a test").click()
    await expect(said.last).to_have_text("Sent. It shows within seconds.")
    assert pushing.push.refused == []
    assert given.shown[0]["body"] == "This is a test: notices arrive on this device."
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    await page.get_by_role("button", name="Remove").click()  # as from another device
    await expect(said.first).to_have_text("This device is not told of anything.")
    await page.get_by_role("button", name="Tell this device").click()
    await page.get_by_role("button", name="Stop telling it").click()
    await expect(page.get_by_text("No device is told.")).to_be_visible()
    assert list_devices(pushing.db) == []
    await page.get_by_role("button", name="Tell this device").click()
    await expect(said.first).to_have_text("This device is told.")
    await page.evaluate("localStorage.clear()")
    await page.get_by_role("button", name="Log out").click()
    await expect(page.locator("#password")).to_be_visible()
    assert await page.evaluate("localStorage.ended") == "yes"


async def test_the_worker_tells_the_bot_that_the_browser_has_another_address(
    pushing: Stage, browser: Browser
) -> None:
    before, after = (pushing.push.browser() for _ in range(2))
    page = await opened(pushing, browser, given=before)
    await page.get_by_role("button", name="Tell this device").click()
    await expect(page.get_by_role("status").first).to_have_text("This device is told.")
    [worker] = page.context.service_workers
    await worker.evaluate(f"({GIVES})({as_script(after)})")
    await worker.evaluate(RENEWED)
    [device] = list_devices(pushing.db)
    assert device.subscription == after.subscription
    await pushing.devices.test(device.id)
    assert (len(before.shown), len(after.shown)) == (0, 1)
    await pushing.devices.remove(device.id)
    await worker.evaluate(f"({GIVES})({as_script(before)})")
    await worker.evaluate(RENEWED)
    assert list_devices(pushing.db) == []  # what the owner removed does not come back
    assert await worker.evaluate("caches.open('push').then(kept => kept.keys())") == []


async def test_a_browser_that_says_no_and_what_the_owner_wants_told(
    stage: Stage, browser: Browser
) -> None:
    """Headless Chromium says no to whoever asks."""
    page = await opened(stage, browser, language="zh-CN")
    said = page.get_by_role("status").first
    await page.get_by_role("button", name="在这台设备上通知我").click()
    await expect(said).to_contain_text("浏览器不让这些页面通知你")
    switch = page.get_by_role("checkbox", name="等你处理的草稿: 设备")
    await expect(switch).to_be_checked()
    await switch.click()
    await page.get_by_role("checkbox", name="设备上可以显示朋友的名字").click()
    await expect(page.get_by_text("已保存")).to_be_visible()
    assert not is_told(stage.db, "device", "draft")
    assert is_told(stage.db, "chat", "draft")
    assert are_names_told(stage.db)
    await page.reload()
    await expect(switch).not_to_be_checked()


async def test_the_worker_shows_what_was_pushed_and_leads_to_its_page(
    stage: Stage, browser: Browser
) -> None:
    """The event is Chromium's own; only the way to it, through its maker's server, is not there."""
    page = await opened(stage, browser, given=FakeBrowser())
    devtools = await page.context.new_cdp_session(page)
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def registered(event: dict[str, list[dict[str, str]]]) -> None:
        for one in event["registrations"]:
            if not found.done():
                found.set_result(one["registrationId"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", registered)
    await devtools.send("ServiceWorker.enable")
    # What is pushed to a worker that is not active yet is lost.
    await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    fields = {"title": "AI twin", "lang": "zh-CN", "tag": "draft", "silent": False}
    for body in ("一份草稿", "两份草稿"):
        data = json.dumps({**fields, "body": body, "page": "/drafts"}).ljust(3000)
        pushed = {"origin": stage.home, "registrationId": await found, "data": data}
        await devtools.send("ServiceWorker.deliverPushMessage", pushed)
    [worker] = page.context.service_workers
    assert await worker.evaluate(TAPPED) == ["两份草稿", "/drafts"]

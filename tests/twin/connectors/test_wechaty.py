"""The connector against a real gateway: each known defect of gateways and clients, survived.

The numbers are those of docs/wechat.md.
"""

import asyncio
import base64
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from storage.errors import TwinError
from tests.gateway.process import Gateway
from twin.config import Wechaty
from twin.connectors.base import (
    Event,
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MediaSaved,
    MessageRecalled,
    MessageReceived,
    ScanNeeded,
)
from twin.connectors.wechaty import WechatyConnector

Found = TypeVar("Found", bound=Event)
PICTURE = base64.b64encode(b"not really a picture").decode()


class Ears:
    """Keeps every event; `next` waits for one of a kind."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Condition()

    async def emit(self, name: str, event: Event) -> None:
        assert name == "wechaty"
        async with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    async def wait_for(self, condition: Callable[[list[Event]], bool]) -> None:
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: condition(self.events)), 30)

    async def next(self, kind: type[Found]) -> Found:
        """Takes the events up to and with the first of that kind."""
        await self.wait_for(lambda events: any(isinstance(e, kind) for e in events))
        at = next(n for n, event in enumerate(self.events) if isinstance(event, kind))
        found = self.events[at]
        del self.events[: at + 1]
        assert isinstance(found, kind)
        return found


def connector_of(gateway: Gateway, folder: Path, **changes: object) -> WechatyConnector:
    settings = gateway.settings.model_copy(update=changes)
    return WechatyConnector(settings, folder, show_qr=lambda _: None)


@asynccontextmanager
async def running(connector: WechatyConnector) -> AsyncIterator[Ears]:
    ears = Ears()
    task = asyncio.create_task(connector.run(ears.emit))
    try:
        yield ears
    finally:
        await connector.stop()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def logged_in(gateway: Gateway, folder: Path, **changes: object) -> AsyncIterator[Ears]:
    await asyncio.to_thread(gateway.order, "login")
    async with running(connector_of(gateway, folder, **changes)) as ears:
        await ears.next(LoggedIn)
        yield ears


async def order(gateway: Gateway, command: str, **options: object) -> None:
    await asyncio.to_thread(lambda: gateway.order(command, **options))


async def say(gateway: Gateway, friend: str, text: str = "", **payload: object) -> str:
    return await asyncio.to_thread(lambda: gateway.message(friend, text, **payload))


async def test_scan_login_and_logout(gateway: Gateway, tmp_path: Path) -> None:
    await order(gateway, "logout")
    shown: list[str] = []
    connector = WechatyConnector(gateway.settings, tmp_path, shown.append)
    async with running(connector) as ears:
        await order(gateway, "heartbeat")
        await order(gateway, "scan")
        assert (await ears.next(ScanNeeded)).qr == shown[0] == "https://example.org/scan-me"
        assert connector.status().state == "starting"
        await order(gateway, "login")
        assert await ears.next(LoggedIn) == LoggedIn("Sam")
        assert connector.status().state == "running"
        await order(gateway, "logout")
        await ears.next(LoggedOut)
        assert connector.status().state == "starting"


async def test_1_an_error_of_the_gateway_does_not_end_the_bot(
    gateway: Gateway, tmp_path: Path
) -> None:
    async with logged_in(gateway, tmp_path) as ears:
        await order(gateway, "error")
        await order(gateway, "nonsense")
        await say(gateway, "ann", "still there?")
        assert (await ears.next(MessageReceived)).text == "still there?"


@pytest.mark.parametrize("wrong", [{"token": "a-secret"}, {"endpoint": "127.0.0.1:9"}])
async def test_2_a_wrong_token_or_no_gateway_is_an_error_that_names_it(
    gateway: Gateway, tmp_path: Path, wrong: dict[str, str]
) -> None:
    connector = connector_of(gateway, tmp_path, **wrong)
    with pytest.raises(TwinError, match="wechaty gateway") as caught:
        await asyncio.wait_for(connector.run(Ears().emit), 60)
    assert "a-secret" not in str(caught.value)
    assert "twin-test-token" not in str(caught.value)
    assert connector.status().state == "failed"


async def test_3_and_4_after_a_kill_it_logs_in_again_when_it_is_run_again(
    tmp_path: Path, gateway: Gateway
) -> None:
    own = Gateway()
    try:
        own.order("login")
        connector, ears = connector_of(own, tmp_path), Ears()
        task = asyncio.create_task(connector.run(ears.emit))
        await ears.next(LoggedIn)
        own.kill()
        with pytest.raises(TwinError):
            await asyncio.wait_for(task, 30)
        await ears.next(LoggedOut)
        with pytest.raises(TwinError):  # still down
            await asyncio.wait_for(connector.run(ears.emit), 30)
        await asyncio.to_thread(own.start)
        own.order("login")
        async with running(connector) as again:
            await again.next(LoggedIn)
            await say(own, "ann", "hi")
            assert (await again.next(MessageReceived)).text == "hi"
    finally:
        own.kill()


async def test_5_connecting_does_not_log_the_account_out(gateway: Gateway, tmp_path: Path) -> None:
    for _ in range(2):
        async with logged_in(gateway, tmp_path) as ears:
            await say(gateway, "ann", "hi")
            await ears.next(MessageReceived)
            assert not any(isinstance(event, LoggedOut) for event in ears.events)


async def test_6_signs_of_life_are_told(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.connectors.wechaty.HEARTBEAT_S", 0.0)
    async with logged_in(gateway, tmp_path) as ears:
        await order(gateway, "heartbeat")
        await ears.next(Heartbeat)


async def test_a_silent_gateway_is_asked_and_its_answer_is_enough(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.connectors.wechaty.HEARTBEAT_S", 0.0)
    async with logged_in(gateway, tmp_path, watchdog_seconds=0.8) as ears:
        for _ in range(4):
            await ears.next(Heartbeat)


async def test_a_gateway_that_hangs_counts_as_lost(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twin.connectors.wechaty_gateway import Gateway as Client

    async def no_answer(_self: Client) -> None:
        return None

    monkeypatch.setattr(Client, "ding", no_answer)
    await order(gateway, "login")
    connector = connector_of(gateway, tmp_path, watchdog_seconds=0.4)
    with pytest.raises(TwinError, match="no sign of life"):
        await asyncio.wait_for(connector.run(Ears().emit), 30)


async def test_7_names_are_the_owners_own_and_follow_a_change(
    gateway: Gateway, tmp_path: Path
) -> None:
    async with logged_in(gateway, tmp_path) as ears:
        await order(gateway, "rename", id="bob", alias="Bobby")
        await say(gateway, "bob", "hi")
        assert (await ears.next(MessageReceived)).chat_name == "Bobby"
        await order(gateway, "rename", id="bob", alias="Robert")
        await say(gateway, "bob", "hi")
        assert (await ears.next(MessageReceived)).sender_name == "Robert"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (8, "location"),
        (11, "transfer"),
        (12, "transfer"),
        (14, "link"),
        (16, "other"),
        (0, "other"),
    ],
)
async def test_8_every_type_of_message_is_logged(
    gateway: Gateway, tmp_path: Path, number: int, kind: str
) -> None:
    async with logged_in(gateway, tmp_path) as ears:
        await say(gateway, "ann", "<xml/>", type=number)
        event = await ears.next(MessageReceived)
        assert (event.kind, event.text) == (kind, "")
        assert "<xml/>" in (event.raw or "")


async def test_9_own_messages_come_back_as_the_owners_with_and_without_an_id(
    gateway: Gateway, tmp_path: Path
) -> None:
    await order(gateway, "login")
    connector = connector_of(gateway, tmp_path)
    async with running(connector) as ears:
        await ears.next(LoggedIn)
        for quiet in (False, True):
            await order(gateway, "quiet", on=quiet)
            sent = await connector.send("ann", f"hello {quiet}")
            echo = await ears.next(MessageReceived)
            assert (echo.from_owner, echo.chat_external_id) == (True, "ann")
            assert echo.text == f"hello {quiet}"
            assert (sent is None) == quiet
        await order(gateway, "quiet", on=False)


async def test_10_rooms_have_their_topic_and_know_whether_the_owner_is_meant(
    gateway: Gateway, tmp_path: Path
) -> None:
    room = {"roomId": "lunch@chatroom", "listenerId": ""}
    async with logged_in(gateway, tmp_path) as ears:
        await say(gateway, "ann", "@Sam lunch?", mentionIdList=["owner"], **room)
        await say(gateway, "ann", "who else?", mentionIdList=[], **room)
        meant, other = await ears.next(MessageReceived), await ears.next(MessageReceived)
    assert (meant.chat_external_id, meant.chat_name) == ("lunch@chatroom", "Lunch")
    assert (meant.chat_kind, meant.sender_name) == ("group", "Ann")
    assert (meant.mentions_owner, other.mentions_owner) == (True, False)


async def test_11_what_a_handler_raises_is_seen(gateway: Gateway, tmp_path: Path) -> None:
    async def emit(_name: str, event: Event) -> None:
        if isinstance(event, MessageReceived):
            raise ZeroDivisionError

    await order(gateway, "login")
    connector = connector_of(gateway, tmp_path)
    task = asyncio.create_task(connector.run(emit))
    while connector.status().state != "running":  # noqa: ASYNC110 (a status is all there is)
        await asyncio.sleep(0.01)
    await say(gateway, "ann", "hi")
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(task, 30)


async def test_12_the_connector_says_that_it_misses_what_is_sent_while_it_is_away(
    gateway: Gateway, tmp_path: Path
) -> None:
    async with logged_in(gateway, tmp_path):
        pass
    await say(gateway, "ann", "while you were away")
    async with logged_in(gateway, tmp_path) as ears:
        await say(gateway, "ann", "now")
        assert (await ears.next(MessageReceived)).text == "now"
    assert WechatyConnector.capabilities.misses


def test_13_importing_wechaty_works_is_silent_and_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; import sys, warnings; "
        "from twin.connectors.wechaty_compat import prepare; "
        "prepare(Path(sys.argv[1])); warnings.simplefilter('ignore'); import wechaty, logging; "
        "logging.getLogger('PuppetService').warning('the token')"
    )
    start, data = tmp_path / "start", tmp_path / "data"
    start.mkdir()
    project = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", script, str(data)],
        cwd=start,
        env={"PYTHONPATH": str(project), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert list(start.iterdir()) == []


async def test_a_recall_names_the_message(gateway: Gateway, tmp_path: Path) -> None:
    async with logged_in(gateway, tmp_path) as ears:
        first = await say(gateway, "ann", "oops")
        await say(gateway, "ann", first, type=13)
        await ears.next(MessageReceived)
        assert await ears.next(MessageRecalled) == MessageRecalled("ann", first)


async def test_the_owner_with_himself_steers(gateway: Gateway, tmp_path: Path) -> None:
    async with logged_in(gateway, tmp_path) as ears:
        await say(gateway, "owner", "/twin status", listenerId="owner")
        event = await ears.next(MessageReceived)
        assert (event.chat_kind, event.steers, event.from_owner) == ("self", True, True)
        await say(gateway, "owner", "from my phone", listenerId="ann")
        event = await ears.next(MessageReceived)
        assert (event.chat_kind, event.steers, event.from_owner) == ("direct", False, True)
        assert event.chat_external_id == "ann"


@pytest.mark.parametrize(
    ("number", "kind", "name", "suffix"),
    [(6, "image", "cat.PNG", ".png"), (2, "voice", "a.silk", ".silk"), (15, "video", "x", ".bin"),
     (1, "file", "../../../etc/passwd", ".bin"), (5, "sticker", "s.gif", ".gif")],
)  # fmt: skip
async def test_media_are_saved_below_the_data_folder(
    gateway: Gateway, tmp_path: Path, number: int, kind: str, name: str, suffix: str
) -> None:
    async with logged_in(gateway, tmp_path) as ears:
        sent = await say(gateway, "ann", type=number, file=PICTURE, name=name)
        event = await ears.next(MessageReceived)
        saved = await ears.next(MediaSaved)
    assert (event.kind, event.external_id, saved.external_id) == (kind, sent, sent)
    path = (tmp_path / saved.path).resolve()
    assert path.is_relative_to(tmp_path / "media" / "wechaty")
    assert path.suffix == suffix
    assert path.read_bytes() == b"not really a picture"


async def test_what_is_too_large_is_noted_and_not_saved(gateway: Gateway, tmp_path: Path) -> None:
    async with logged_in(gateway, tmp_path, media_mb=0.00001) as ears:
        await say(gateway, "ann", type=6, file=PICTURE, name="cat.png")
        await say(gateway, "ann", "next")
        assert (await ears.next(MessageReceived)).kind == "image"
        assert (await ears.next(MessageReceived)).text == "next"
    assert not (tmp_path / "media").exists()


def test_the_token_of_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Wechaty(token="from the file")
    assert settings.secret == "from the file"
    assert "from the file" not in repr(settings)
    monkeypatch.setenv("TWIN_WECHATY_TOKEN", "from outside")
    assert settings.secret == "from outside"

"""Refusals, silence and broken answers of a server, and a friend's broken events."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from storage.errors import TwinError
from storage.reasons import BurstReason
from tests.twin.connectors.matrix.odd_server import ANN, HANGS, ROOM, OddServer, odd_server
from tests.twin.connectors.running import Events, at_work, until
from twin.connectors.base import (
    MessageReceived,
    Outgoing,
    SendInDoubtError,
    SendLaterError,
    SendRefusedError,
)
from twin.connectors.matrix import CONNECTOR, client
from twin.connectors.matrix.account import account_file, save_account
from twin.connectors.matrix.connector import MatrixConnector
from twin.connectors.matrix.settings import Settings
from twin.language import Language

pytestmark = pytest.mark.server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[OddServer]:
    async with odd_server() as server:
        save_account(tmp_path, server.account)
        yield server


@pytest.fixture
def connector(db: Database, tmp_path: Path) -> MatrixConnector:
    return MatrixConnector(db, Settings(enabled=True), tmp_path)


def refusal(code: str, **more: object) -> dict[str, object]:
    return {"errcode": code, "error": "what the server says"} | more


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HANGS, SendInDoubtError),
        ("<html>Bad gateway</html>", SendInDoubtError),
        ((500, refusal("M_UNKNOWN")), SendInDoubtError),
        ((200, {"unexpected": True}), SendInDoubtError),
        ((429, refusal("M_LIMIT_EXCEEDED", retry_after_ms=2500)), SendLaterError),
        ((403, refusal("M_FORBIDDEN")), SendRefusedError),
        ((413, refusal("M_TOO_LARGE")), client.MatrixError),
        ((401, refusal("M_UNKNOWN_TOKEN")), client.LoginEndedError),
    ],
)
async def test_what_became_of_a_message(
    server: OddServer,
    connector: MatrixConnector,
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,
    error: type[TwinError],
) -> None:
    monkeypatch.setattr(client, "REQUEST_S", 0.3)
    server.sends.append(answer)
    async with at_work(connector):
        await until(lambda: server.asked.count("sync") == 3)
        with pytest.raises(error) as told:
            await connector.send(ROOM, Outgoing("hi"))
    if isinstance(told.value, SendLaterError):
        assert told.value.seconds == 2.5
    if isinstance(told.value, SendRefusedError):
        assert told.value.reason == BurstReason.NOT_SHARED
    assert "secret token" not in str(told.value)


async def test_a_login_that_has_ended_asks_nobody_until_there_is_another(
    server: OddServer, connector: MatrixConnector, tmp_path: Path
) -> None:
    server.syncs.clear()
    server.syncs.append((401, refusal("M_UNKNOWN_TOKEN")))
    with pytest.raises(TwinError, match="no longer takes this login"):
        await connector.run(Events().emit)
    asked = len(server.asked)
    async with at_work(connector, logged_in=False):
        await asyncio.sleep(0.01)
    assert len(server.asked) == asked


async def test_a_sync_that_comes_too_soon_waits_as_it_is_told(
    server: OddServer, connector: MatrixConnector
) -> None:
    server.syncs.insert(1, (429, refusal("M_LIMIT_EXCEEDED", retry_after_ms=100)))
    server.tell(event({"msgtype": "m.text", "body": "hello"}))
    async with at_work(connector) as events:
        assert (await events.first(MessageReceived)).text == "hello"


@pytest.mark.parametrize(
    "broken", ["<html>Bad gateway</html>", (200, {}), (500, {}), b"\xff", b"[" * 100_000]
)
async def test_a_broken_answer_ends_the_run_in_one_line(
    server: OddServer, connector: MatrixConnector, broken: Any
) -> None:
    server.syncs.clear()
    server.syncs.append(broken)
    with pytest.raises(TwinError, match=r"^matrix: the first sync failed \(HTTP \d+\), and the"):
        await connector.run(Events().emit)
    chinese = Language("zh_CN").say(connector.status().last_error or "")
    assert chinese.startswith("matrix：第一次同步失败（HTTP ")


def event(content: Any, **more: object) -> dict[str, Any]:
    number = event.__dict__["n"] = event.__dict__.get("n", 0) + 1
    return {
        "type": "m.room.message",
        "event_id": f"$e{number}",
        "sender": ANN,
        "origin_server_ts": 1_700_000_000_000,
        "content": content,
    } | more


BROKEN: list[dict[str, Any]] = [
    event(None),
    event([]),
    event({"msgtype": 5, "body": []}),
    event({"msgtype": "m.text", "body": "x", "m.relates_to": "no object"}),
    event({"msgtype": "m.text", "body": "x", "m.relates_to": {"m.in_reply_to": 3}}),
    event({"msgtype": "m.text", "body": "x", "m.mentions": {"user_ids": 3}}),
    event({"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": "m.replace"}}),
    event({"msgtype": "m.image", "body": {}, "url": 5, "info": []}),
    event({"redacts": {}}, type="m.room.redaction", redacts=[]),
    event({"membership": 3, "displayname": []}, type="m.room.member", state_key=[]),
    event({"name": {}}, type="m.room.name", state_key=""),
    event({"algorithm": 1, "ciphertext": {}}, type="m.room.encrypted"),
    event({"users": {"@x:y": "many"}}, type="m.room.power_levels", state_key=""),
    event({"msgtype": "m.text", "body": "x"}, unsigned=[], sender=5),
    event({"msgtype": "m.text", "body": "x"}, origin_server_ts=-1),
    event({"msgtype": "m.text", "body": "x"}, origin_server_ts="soon"),
    event({"url": 1}, type="m.sticker"),
    event({}, type="m.reaction"),
    event({}, type=7),
    {},
]


async def test_no_broken_event_hides_those_after_it(
    server: OddServer, connector: MatrixConnector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for broken in BROKEN:
        server.tell(broken)
    server.tell(*BROKEN, event({"msgtype": "m.text", "body": "the last"}))
    async with at_work(connector) as events:
        await events.first(MessageReceived, lambda told: told.text == "the last")
    assert caplog.messages == []


async def test_a_time_far_ahead_is_not_believed(
    server: OddServer, connector: MatrixConnector
) -> None:
    """It would make every other message a late one."""
    body = {"msgtype": "m.text", "body": "from the future"}
    server.tell(event(body, origin_server_ts=2**53))
    async with at_work(connector) as events:
        told = await events.first(MessageReceived)
    assert told.sent_at < connector._clock.now() + 600_000


async def test_without_a_login_it_says_what_to_do(db: Database, tmp_path: Path) -> None:
    connector = MatrixConnector(db, Settings(enabled=True), tmp_path)
    with pytest.raises(TwinError, match=r"not logged in; log in once with `bot\.py matrix login`"):
        await connector.run(Events().emit)
    [found] = CONNECTOR.problems(Settings(), tmp_path)
    assert (found.found, found.remedy[:24]) == ("nobody is logged in", "`bot.py matrix login` wi")
    account_file(tmp_path).parent.mkdir()
    account_file(tmp_path).write_text("{}", encoding="utf-8")
    with pytest.raises(TwinError, match="it is not a login"):
        await connector.run(Events().emit)

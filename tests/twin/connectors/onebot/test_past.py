"""What `bot.py history` gets of a QQ account."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from tests.twin.connectors.onebot.conftest import Make
from tests.twin.connectors.onebot.gateway import ANN, LUNCH, OWNER, FakeGateway, Kind
from tests.twin.connectors.running import at_work, until
from tests.twin.connectors.wechaty.inboxes import inbox_of
from tests.twin.fakes import config_in
from twin.clock import Clock
from twin.connectors.base import ConnectorContext, MessageReceived
from twin.connectors.history import HistorySource, NoHistoryError, PastChat
from twin.connectors.onebot import CONNECTOR, past
from twin.connectors.onebot.gateway import Gateway, GatewayError
from twin.connectors.onebot.names import Account
from twin.imports.history import bring_history
from twin.imports.history_report import Wanted


async def texts(source: HistorySource, chat: str, since: int = 0) -> list[tuple[str, bool]]:
    found = [event async for event in source.messages(chat, since)]
    return [(one.text, one.from_owner) for one in found if isinstance(one, MessageReceived)]


@pytest.mark.parametrize("kind", ["napcat", "llbot"])
async def test_every_chats_past_each_message_once(
    qq: FakeGateway, db: Database, tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "PAUSE_S", 0.0)
    qq.kind = kind
    for number in range(250):
        qq.write(f"{number}", at=1_700_000_000 + number // 2)
    qq.write("mine", by=OWNER, to=ANN, at=1_700_001_000)
    qq.write("to all", to=LUNCH, at=1_700_000_000)
    assert CONNECTOR.history is not None
    async with CONNECTOR.history(qq.settings(), ConnectorContext(db, tmp_path, "Olga")) as source:
        assert await source.chats() == [
            PastChat(str(ANN), "Ann"),
            PastChat(str(LUNCH), "Lunch", "group"),
        ]
        told = await texts(source, str(ANN))
        assert told == [("mine", True), *((f"{n}", False) for n in reversed(range(250)))]
        assert await texts(source, str(LUNCH)) == [("to all", False)]
        assert len(await texts(source, str(ANN), since=1_700_000_100_000)) < 60
        with pytest.raises(NoHistoryError):
            await texts(source, "Ann of an export")
    await until(lambda: not qq.is_connected)


async def test_it_comes_into_the_log_beside_the_running_connector(
    qq: FakeGateway, make: Make, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "PAUSE_S", 0.0)
    folder = replace(CONNECTOR, history=lambda _, context: past.past(qq.settings(), context.db))
    context, later = ConnectorContext(db, tmp_path, "Olga"), Clock(now=lambda: 4_000_000_000_000)

    async def bring() -> int:
        wanted = Wanted([folder])
        return (await bring_history(config_in(tmp_path), context, wanted, clock=later)).new

    for number in range(30):  # several in one second
        qq.write(
            f"{number}", at=1_700_000_000 + number // 4, by=OWNER if number % 3 else ANN, to=ANN
        )
    odd = qq.write("odd", at=1_700_000_100)
    odd["message"] = [{"type": [], "data": 7}, "?"]
    async with at_work(make(), into=inbox_of(db).handle) as events:
        await qq.say("during")
        await events.first(MessageReceived)
        assert await bring() >= 30
    assert await bring() == 0
    texts = [text for (text,) in db.execute("SELECT text FROM messages ORDER BY sent_at, id")]
    assert texts[:30] == list(map(str, range(30)))
    assert texts.count("during") == 1


async def test_a_friend_and_a_group_of_one_number_stay_two_chats(
    qq: FakeGateway, db: Database
) -> None:
    account = Account("1", "Olga", friends={"77": "Ann"}, groups={"77": "Lunch"})
    source = past.OneBotPast(Gateway("ws://unused/", "", lambda _: None), db, account)
    assert await source.chats() == [PastChat("77", "Ann"), PastChat("group:77", "Lunch", "group")]


async def test_why_it_cannot_be_read(qq: FakeGateway, db: Database, tmp_path: Path) -> None:
    assert CONNECTOR.history is not None
    context = ConnectorContext(db, tmp_path, "Olga")
    with pytest.raises(GatewayError, match="refuses the token"):
        async with CONNECTOR.history(qq.settings(token="wrong"), context):
            pass
    qq.as_text = True
    qq.write("hi")
    upsert_chat(db, "qq", str(ANN), "Ann")
    with pytest.raises(GatewayError, match="messagePostFormat"):
        async with CONNECTOR.history(qq.settings(), context) as source:
            await texts(source, str(ANN))

"""What `bot.py history` gets of a QQ account."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from tests.twin.connectors.onebot.gateway import ANN, LUNCH, OWNER, FakeGateway, Kind
from tests.twin.connectors.running import until
from twin.connectors.base import ConnectorContext, MessageReceived
from twin.connectors.history import HistorySource, NoHistoryError, PastChat
from twin.connectors.onebot import CONNECTOR, past
from twin.connectors.onebot.gateway import GatewayError


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

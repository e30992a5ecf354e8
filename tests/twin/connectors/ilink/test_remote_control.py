"""The owner decides in WeChat about a reply that goes to a friend elsewhere."""

from pathlib import Path

import pytest

from storage.chats import upsert_chat
from storage.database import now_ms, open_database
from storage.drafts import list_drafts
from tests.twin.connectors.ilink.platform import ILinkPlatform
from tests.twin.connectors.running import until
from tests.twin.connectors.whole_bot import at_once, bot_runs
from tests.twin.fakes import FakeConnector, FakeEngine, said
from twin.config.schema import Config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return at_once(tmp_path)


async def write(friends: FakeConnector, text: str, id: str) -> None:
    assert friends.emit is not None
    await friends.emit("fake", said(text, now_ms() / 1000, id=id))


async def test_a_draft_is_shown_approved_and_sent_elsewhere(
    bot: ILinkPlatform, config: Config, tmp_path: Path
) -> None:
    db = open_database(config.database)
    upsert_chat(db, "fake", "ann", "Ann", mode="draft")
    friends, engine = FakeConnector(), FakeEngine()
    engine.enqueue("at eight", "no idea")
    async with bot_runs(config, db, [friends, bot.connector], engine):
        bot.fake.say("/twin status")  # the owner's chat begins with their first message
        await until(lambda: len(bot.shown()) == 1)
        await write(friends, "when?", "f1")
        await until(lambda: len(bot.shown()) == 2)
        [draft] = list_drafts(db)
        assert bot.shown()[1].startswith(f"Draft {draft.number} for Ann\n> when?\nat eight\n")
        bot.fake.say(f"/twin approve {draft.number}")
        await until(lambda: friends.sent and len(bot.shown()) == 3)
        assert friends.sent == [("ann", "at eight")]
        assert bot.shown()[2] == f"Draft {draft.number} is on its way."
        await write(friends, "and where?", "f2")
        await until(lambda: len(bot.shown()) == 4)
        [draft] = list_drafts(db)
        bot.fake.say(f"/twin edit {draft.number} at the old mill")
        await until(lambda: len(friends.sent) == 2)
        assert friends.sent[1] == ("ann", "at the old mill")
    db.close()


async def test_while_it_takes_nothing_the_owner_is_told_elsewhere(
    bot: ILinkPlatform, config: Config
) -> None:
    db = open_database(config.database)
    upsert_chat(db, "fake", "ann", "Ann", mode="draft")
    upsert_chat(db, "fake", "me", "me", kind="self")
    friends = FakeConnector()
    async with bot_runs(config, db, [friends, bot.connector], FakeEngine()):
        bot.fake.say("/twin status")
        await until(lambda: len(bot.shown()) == 1)
        bot.fake.sends.append({"ret": -2})  # WeChat closed it
        await write(friends, "one?", "f1")
        await until(lambda: bot.connector.status().room == 0)
        await write(friends, "two?", "f2")
        await until(lambda: len(friends.sent) == 2)  # what WeChat refused, too
        assert [chat for chat, _ in friends.sent] == ["me", "me"]
        bot.fake.say("/twin help")
        await until(lambda: len(bot.shown()) == 2)
        await write(friends, "three?", "f3")
        await until(lambda: len(bot.shown()) == 3)
    assert len(friends.sent) == 2
    db.close()

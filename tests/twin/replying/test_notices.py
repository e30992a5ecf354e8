"""Where the owner is told, and what they can do about a draft."""

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_live, log_message
from storage.notice_kinds import set_told
from storage.outbox import Piece
from storage.reasons import BurstReason
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeConnector, FakeTime
from twin.connectors.base import Outgoing, SendRefusedError
from twin.replying.notices import Notice, connection_notice, draft_notice, tell_owner


def told(bot: Bot, *connectors: FakeConnector) -> list[int]:
    by_name = {connector.name: connector for connector in connectors}
    return [p.chat_id for p in tell_owner(bot.db, by_name, Notice("hi"), bot.time.clock)]


def test_one_place_is_enough_and_it_is_where_the_owner_wrote_last(bot: Bot, time: FakeTime) -> None:
    platforms = [FakeConnector(name) for name in ("one", "two", "three")]
    chats = [upsert_chat(bot.db, p.name, "me", "me", kind="self").id for p in platforms]
    assert told(bot, *platforms) == [chats[0]]
    log_live(bot.db, NewMessage(chats[2], "owner", "/twin status", 5, kind="command"), now=5)
    log_message(bot.db, NewMessage(chats[1], "owner", "a note", 9, source="telegram"))
    assert told(bot, *platforms) == [chats[2]]
    platforms[2].status().state = "failed"
    assert told(bot, *platforms) == [chats[0]]
    assert told(bot, platforms[1]) == [chats[1]]
    assert told(bot) == []


def test_where_no_more_is_taken_nothing_is_put(bot: Bot, time: FakeTime) -> None:
    """Of twelve notices in a row ten go to the phone, and none of them is lost."""
    counted, other = FakeConnector("counted"), FakeConnector("other")
    counted.status().room = 10
    first = upsert_chat(bot.db, "counted", "me", "me", kind="self").id
    assert [told(bot, counted) for _ in range(12)] == [[first]] * 10 + [[]] * 2
    second = upsert_chat(bot.db, "other", "me", "me", kind="self").id
    assert told(bot, counted, other) == [second]


def test_what_the_owner_switched_off_is_not_told(bot: Bot, time: FakeTime) -> None:
    one = FakeConnector("one")
    chat = upsert_chat(bot.db, "one", "me", "me", kind="self")
    set_told(bot.db, "chat", "trouble", False)

    def kinds_told(*notices: Notice) -> list[str]:
        pieces = [tell_owner(bot.db, {"one": one}, notice, time.clock) for notice in notices]
        return [piece.text for made in pieces for piece in made if piece.chat_id == chat.id]

    off, on = Notice("off", kind="trouble"), Notice("on", kind="held")
    assert kinds_told(off, on, Notice("always")) == ["on", "always"]


def test_what_is_of_no_use_later_goes_only_where_it_arrives_now(bot: Bot, time: FakeTime) -> None:
    one, passing = FakeConnector("one"), connection_notice("Matrix", None)
    upsert_chat(bot.db, "one", "me", "me", kind="self")
    one.status().state = "failed"
    assert tell_owner(bot.db, {"one": one}, passing, time.clock) == []
    one.status().state = "running"
    assert len(tell_owner(bot.db, {"one": one}, passing, time.clock)) == 1


def test_a_draft_comes_with_what_can_be_done_about_it(bot: Bot, time: FakeTime) -> None:
    platform = FakeConnector("one")
    chat = upsert_chat(bot.db, "one", "me", "me", kind="self")
    notice = draft_notice("Ann", "when?", [Piece(1, bot.chat.id, "at eight", decision_id=3)])
    (piece,) = tell_owner(bot.db, {"one": platform}, notice, time.clock)
    assert piece.chat_id == chat.id
    assert [label for label, _ in piece.commands] == ["Send", "Edit", "Reject"]
    assert piece.commands[0][1] in piece.text


class Refusing(FakeConnector):
    """Takes nothing."""

    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        raise SendRefusedError("write to it first", reason=BurstReason.NOT_SHARED)


class Failing(FakeConnector):
    async def send(self, chat_external_id: str, message: Outgoing) -> str | None:
        raise ConnectionError("no such address")


async def test_what_one_place_does_not_take_is_told_in_another(make_bot: MakeBot) -> None:
    refusing, failing, taking = Refusing("one"), Failing("two"), FakeConnector("three")
    bot = make_bot(others=[refusing, failing, taking])
    for name in ("one", "two", "three"):
        upsert_chat(bot.db, name, "me", "me", kind="self")
    notice = Notice("Draft 3", (("Send", "/twin approve 3"),))
    bot.replies.tell_owner(notice)
    await bot.time.advance(60)
    assert taking.texts == ["Draft 3"]
    assert [tuple(command) for command in taking.messages[0].commands] == list(notice.commands)
    assert bot.states() == ["cancelled", "failed", "sent"]


async def test_a_notice_that_nobody_takes_does_not_go_to_and_fro(make_bot: MakeBot) -> None:
    bot = make_bot(others=[Refusing("one"), Failing("two")])
    for name in ("one", "two"):
        upsert_chat(bot.db, name, "me", "me", kind="self")
    bot.replies.tell_owner("Draft 4")
    await bot.time.advance(60)
    assert bot.states() == ["cancelled", "failed"]

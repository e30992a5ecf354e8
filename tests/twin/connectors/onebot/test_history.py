"""What was written while nobody was connected."""

import time as wall
from collections.abc import Callable

import pytest
from sqlite_utils import Database

from storage.chats import find_chat, set_mode, upsert_chat
from storage.outbox import add_piece, move_piece
from storage.presence import logged_in
from tests.twin.connectors.onebot.conftest import Make
from tests.twin.connectors.onebot.gateway import ANN, BOB, LUNCH, OWNER, FakeGateway, Kind, text
from tests.twin.connectors.running import Events, at_work
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import MessageReceived
from twin.connectors.onebot import history

HOUR_S = 3600


def logged(db: Database) -> list[tuple[str, str, str, int]]:
    rows = db.execute(
        "SELECT c.external_id, m.origin, m.text, m.sent_at FROM messages m "
        "JOIN chats c ON c.id = m.chat_id ORDER BY m.id"
    )
    return list(rows.fetchall())


@pytest.fixture
def away(db: Database) -> Callable[[float], float]:
    """Note that the account was last seen so many seconds ago; returns that time in seconds."""

    def note(seconds: float) -> float:
        at = wall.time() - seconds
        logged_in(db, "qq", "Olga", int(at * 1000))
        return at

    return note


@pytest.mark.parametrize("kind", ["napcat", "llbot"])
async def test_what_came_while_away_comes_first_in_order_with_its_own_time(
    qq: FakeGateway, make: Make, db: Database, away: Callable[[float], float], kind: Kind
) -> None:
    qq.kind = kind
    for chat in (ANN, LUNCH):
        id_ = upsert_chat(
            db, "qq", str(chat), str(chat), kind="group" if chat == LUNCH else "direct"
        )
        db.execute(
            "INSERT INTO messages (chat_id, origin, kind, text, sent_at, source) "
            "VALUES (?, 'peer', 'text', 'before', ?, 'live')",
            [id_.id, (wall.time() - 5 * HOUR_S) * 1000],
        )
    since = away(3 * HOUR_S)
    qq.write("long before", at=since - HOUR_S)
    at = int(since) + 60
    qq.write("one", at=at)
    qq.write("to all", to=LUNCH, at=at + 1)
    qq.write("I am driving", by=OWNER, to=ANN, at=at + 2)
    qq.write("two", at=at + 3)
    qq.write("three", at=at + 3)
    for _ in range(2):  # nothing twice at the next connection
        async with at_work(make(), into=inbox_of(db).handle) as events:
            await qq.say("now")
            await events.first(MessageReceived, lambda event: event.text == "now")
    came = [row for row in logged(db) if row[2] != "before"]
    assert [(chat, origin, words) for chat, origin, words, _ in came[:5]] == [
        (str(ANN), "peer", "one"),
        (str(LUNCH), "peer", "to all"),
        (str(ANN), "owner", "I am driving"),
        (str(ANN), "peer", "two"),
        (str(ANN), "peer", "three"),
    ]
    assert [round(row[3] / 1000) for row in came[:5]] == [at, at + 1, at + 2, at + 3, at + 3]
    assert [row[2] for row in came[5:]] == ["now", "now"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["napcat", "llbot"])
async def test_a_thousand_messages_of_a_minute_are_logged_in_order(
    qq: FakeGateway, make: Make, db: Database, away: Callable[[float], float], kind: Kind
) -> None:
    qq.kind = kind
    inbox = inbox_of(db)
    async with at_work(make(), into=inbox.handle) as events:
        await qq.say("hello")
        await events.first(MessageReceived)
    since = away(60)
    for number in range(1000):
        qq.write(f"{number}", at=since + number * 0.06)
    async with at_work(make(), into=inbox.handle):  # the login comes after what was missed
        assert len(logged(db)) == 1001
    assert [row[2] for row in logged(db)] == ["hello", *map(str, range(1000))]
    times = [row[3] for row in logged(db)]
    assert times == sorted(times)


async def test_of_more_than_the_limit_the_newest_are_logged(
    qq: FakeGateway,
    make: Make,
    db: Database,
    away: Callable[[float], float],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(history, "MOST_OF_A_CHAT", 10)
    monkeypatch.setattr(history, "PAGE", 4)
    away(60)
    for number in range(30):
        qq.write(f"{number}")
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle):
        assert connector.capabilities.keeps_s == 0
    words = [row[2] for row in logged(db)]
    assert words == list(map(str, range(30)))[-len(words) :]
    assert 10 <= len(words) <= 14
    assert "left out" in caplog.text


async def test_a_kill_in_the_midst_loses_and_doubles_nothing(
    qq: FakeGateway, make: Make, db: Database, away: Callable[[float], float]
) -> None:
    away(HOUR_S)
    for number in range(20):
        qq.write(f"{number}")
    events = Events(inbox_of(db).handle)
    events.refuse = lambda event: isinstance(event, MessageReceived) and event.text == "7"
    with pytest.raises(RuntimeError):
        await make().run(events.emit)
    assert [row[2] for row in logged(db)] == list(map(str, range(7)))
    async with at_work(make(), into=inbox_of(db).handle):
        pass
    assert [row[2] for row in logged(db)] == list(map(str, range(20)))


async def test_a_chat_that_is_off_is_not_asked_for_and_the_first_login_asks_for_nothing(
    qq: FakeGateway, make: Make, db: Database, away: Callable[[float], float]
) -> None:
    qq.write("of before the twin")
    upsert_chat(db, "qq", str(BOB), "Bob", mode="log")
    set_mode(db, find_chat(db, "Bob").id, "off")
    async with at_work(make()):
        pass
    assert not any("history" in name for name, _ in qq.calls)
    away(HOUR_S)
    qq.write("not for the log", by=BOB)
    async with at_work(make(), into=inbox_of(db).handle):
        pass
    asked = {params["user_id"] for name, params in qq.calls if "history" in name}
    assert asked == {str(ANN)}


async def test_a_gateway_that_keeps_silent_holds_nothing_up(
    qq: FakeGateway,
    make: Make,
    db: Database,
    away: Callable[[float], float],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    away(HOUR_S)
    monkeypatch.setattr("twin.connectors.onebot.gateway.ANSWER_S", 0.05)
    qq.write("lost to us")
    qq.hangs.add("get_friend_msg_history")
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await qq.say("here")
        await events.first(MessageReceived)
        assert connector.capabilities.keeps_s == 0  # status says so
    assert "may be missing" in caplog.text
    qq.hangs.clear()
    async with at_work(connector):
        assert connector.capabilities.keeps_s > HOUR_S


async def test_an_own_message_of_the_twin_whose_fate_was_unknown_is_the_twins(
    qq: FakeGateway, make: Make, db: Database, away: Callable[[float], float]
) -> None:
    chat = upsert_chat(db, "qq", str(ANN), "Ann", mode="auto")
    piece = add_piece(db, chat.id, "see you at eight")
    move_piece(db, piece.id, "sending")
    away(30)
    qq.write(text("see you at eight"), by=OWNER, to=ANN)
    move_piece(db, piece.id, "doubt")
    async with at_work(make(), into=inbox_of(db).handle):
        pass
    assert [row[1:3] for row in logged(db)] == [("twin", "see you at eight")]

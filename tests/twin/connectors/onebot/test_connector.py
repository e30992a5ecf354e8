"""The account: who writes where, and what else the gateway tells."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from tests.twin.connectors.onebot.conftest import Make
from tests.twin.connectors.onebot.gateway import (
    ANN,
    BOB,
    HELPER,
    LUNCH,
    OWNER,
    FakeGateway,
    Frame,
    text,
)
from tests.twin.connectors.running import at_work
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import (
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MediaSaved,
    MessageRecalled,
    MessageReceived,
    Outgoing,
)
from twin.connectors.onebot.segments import Content, content_of
from twin.connectors.onebot.session import AS_TEXT, OFFLINE


async def test_who_writes_where(qq: FakeGateway, make: Make) -> None:
    async with at_work(make()) as events:
        await qq.say("hi")
        await qq.say("hello", by=BOB)
        await qq.say([{"type": "at", "data": {"qq": str(OWNER)}}, *text(" lunch?")], to=LUNCH)
        await qq.say("on my phone", by=OWNER, to=ANN)
        await qq.say("/twin status", by=OWNER, to=OWNER)
        await qq.say("with us all", by=OWNER, to=LUNCH)
        came = [await events.first(MessageReceived) for _ in range(6)]
    assert [(e.chat_external_id, e.chat_kind, e.chat_name, e.sender_name) for e in came] == [
        (str(ANN), "direct", "Ann", "Ann"),
        (str(BOB), "direct", "Bob", "Bob"),
        (str(LUNCH), "group", "Lunch", "Ann"),
        (str(ANN), "direct", "Ann", "Olga"),
        (str(OWNER), "self", "Olga", "Olga"),
        (str(LUNCH), "group", "Lunch", "Olga"),
    ]
    assert [e.from_owner for e in came] == [False, False, False, True, True, True]
    assert [e.steers for e in came] == [False, False, False, False, True, False]
    assert [e.mentions_owner for e in came] == [False, False, True, False, False, False]
    assert came[2].text == "@Olga lunch?"


async def test_a_temporary_chat_is_a_strangers_and_not_the_groups(
    qq: FakeGateway, make: Make
) -> None:
    connector = make()
    async with at_work(connector) as events:
        frame = qq.write("you sell a bike?", by=BOB)
        await qq.tell(frame | {"sub_type": "group", "group_id": LUNCH, "temp_source": 0})
        came = await events.first(MessageReceived)
        assert (came.chat_external_id, came.chat_kind) == (str(BOB), "direct")
        await connector.send(str(BOB), Outgoing("yes"))
    # With its group NapCat would write into the group, should it not find the person.
    assert all("group_id" not in params for name, params in qq.calls if name == "send_private_msg")


async def test_a_friend_and_a_group_of_one_number_are_two_chats(
    qq: FakeGateway, make: Make, db: Database
) -> None:
    upsert_chat(db, "qq", str(LUNCH), "Cy", mode="auto")
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await qq.say("all of you", to=LUNCH)
        came = await events.first(MessageReceived)
        assert came.chat_external_id == f"group:{LUNCH}"
        await connector.send(f"group:{LUNCH}", Outgoing("to us"))
        await connector.send(str(LUNCH), Outgoing("to Cy"))
    sends = [(name, params) for name, params in qq.calls if name.startswith("send_")]
    assert [(name, list(params)) for name, params in sends] == [
        ("send_group_msg", ["group_id", "message"]),
        ("send_private_msg", ["user_id", "message"]),
    ]


async def test_programs_of_qq_are_never_answered(qq: FakeGateway, make: Make) -> None:
    async with at_work(make()) as events:
        await qq.say("I manage this group", by=HELPER)
        await qq.say([{"type": "at", "data": {"qq": OWNER}}, *text("!")], by=HELPER, to=LUNCH)
        for _ in range(2):
            came = await events.first(MessageReceived)
            assert (came.kind, came.mentions_owner) == ("system", False)


async def test_recalls_by_friend_owner_and_in_a_group(
    qq: FakeGateway, make: Make, db: Database
) -> None:
    async with at_work(make(), into=inbox_of(db).handle) as events:
        said = [
            await qq.say("oops"),
            await qq.say("oops", by=OWNER, to=ANN),
            await qq.say("oops", to=LUNCH),
        ]
        for frame in said:
            await qq.recall(frame)
        gone = [await events.first(MessageRecalled) for _ in said]
    assert [(e.chat_external_id, e.external_id) for e in gone] == [
        (str(ANN), str(said[0]["message_id"])),
        (str(ANN), str(said[1]["message_id"])),
        (str(LUNCH), str(said[2]["message_id"])),
    ]


async def test_kicked_out_and_back(qq: FakeGateway, make: Make) -> None:
    connector = make()
    async with at_work(connector) as events:
        await qq.beat()
        await events.first(Heartbeat)
        await qq.kick()
        await events.first(LoggedOut)
        assert connector.status().last_error == OFFLINE
        await qq.beat()
        qq.online = True
        await qq.beat()
        await events.first(LoggedIn)
        assert (connector.status().state, connector.status().last_error) == ("running", None)


async def test_messages_as_text_are_refused_and_not_lost(
    qq: FakeGateway, make: Make, db: Database
) -> None:
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        qq.as_text = True
        await qq.say("hi")
        await events.first(LoggedOut)
        assert connector.status().last_error == AS_TEXT
        await qq.beat()
        qq.as_text = False
        for frame in qq.kept[ANN]:
            frame["message"] = text("hi")
        await qq.say("there?")
        await events.first(LoggedIn)
        came = [(await events.first(MessageReceived)).text for _ in range(2)]
    assert came == ["hi", "there?"]


async def test_odd_frames_do_no_harm(qq: FakeGateway, make: Make) -> None:
    async with at_work(make()) as events:
        for frame in (
            "no json",
            "[1]",
            "[" * 100_000,
            "1" * 10_000,
            '{"echo": null, "retcode": 1400, "status": "failed"}',
            '{"echo": ["x"], "retcode": 0}',
            '{"echo": "of nobody", "retcode": 1403}',
            '{"post_type": "message"}',
            '{"post_type": "message", "user_id": {}, "message": []}',
            f'{{"post_type": "message_sent", "user_id": {OWNER}, "message": []}}',
            '{"post_type": "notice", "notice_type": "friend_recall"}',
            '{"post_type": "notice", "notice_type": ["x"], "message_id": 1}',
            '{"post_type": "meta_event", "meta_event_type": "heartbeat", "status": 1}',
            '{"post_type": 7}',
        ):
            await qq.tell(frame)
        bare = {"post_type": "message", "user_id": str(ANN), "time": "x", "message": [None]}
        await qq.tell(bare)
        await qq.say("fine")
        came = [await events.first(MessageReceived) for _ in range(2)]
    assert [(e.text, e.external_id is None) for e in came] == [("", True), ("fine", False)]
    assert came[0].sent_at > 1_500_000_000_000


async def test_a_message_that_cannot_be_read_costs_no_other(
    qq: FakeGateway, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(segments: list[Frame], name_of: Callable[[str], str]) -> Content:
        if segments == text("odd"):
            raise RecursionError
        return content_of(segments, name_of)

    monkeypatch.setattr("twin.connectors.onebot.messages.content_of", broken)
    async with at_work(make()) as events:
        await qq.say("odd")
        await qq.say("fine")
        assert (await events.first(MessageReceived)).text == "fine"


async def test_a_picture_is_kept_and_one_too_large_is_not(
    qq: FakeGateway, make: Make, db: Database, tmp_path: Path
) -> None:
    qq.files = {"small": b"\x89PNG" * 9, "large": bytes(1_000_001)}
    async with at_work(make(), into=inbox_of(db).handle) as events:
        for name in ("large", "gone", "small"):
            url = f"http://127.0.0.1:{qq.port}/files/{name}"
            await qq.say([{"type": "image", "data": {"file": "a.PNG", "url": url}}])
        saved = await events.first(MediaSaved)
        assert (tmp_path / saved.path).read_bytes() == qq.files["small"]
        assert saved.path.startswith("media/onebot/")
    kinds = db.execute("SELECT kind, COUNT(media) FROM messages").fetchall()
    assert kinds == [("image", 1)]

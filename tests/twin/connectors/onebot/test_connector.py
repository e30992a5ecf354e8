"""The account: who writes where, what is sent, and what the gateways do with it."""

import asyncio
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.messages import messages_of_chat
from storage.outbox import add_piece, move_piece
from tests.twin.connectors.onebot.conftest import Make
from tests.twin.connectors.onebot.gateway import (
    ANN,
    BOB,
    HELPER,
    LUNCH,
    OWNER,
    Echoes,
    FakeGateway,
    Refusal,
    text,
)
from tests.twin.connectors.running import at_work, until
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import (
    Heartbeat,
    LoggedIn,
    LoggedOut,
    MediaSaved,
    MessageRecalled,
    MessageReceived,
    Outgoing,
    SendInDoubtError,
)
from twin.connectors.onebot import CONNECTOR
from twin.connectors.onebot.connector import NO_ECHO, OneBotConnector
from twin.connectors.onebot.gateway import GatewayError
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


async def test_a_group_of_before_is_sent_to_as_a_group(
    qq: FakeGateway, make: Make, db: Database
) -> None:
    upsert_chat(db, "qq", str(LUNCH), "Lunch", kind="group", mode="auto")
    upsert_chat(db, "qq", "Ann of an export", "Ann", mode="auto")
    connector = make()
    async with at_work(connector):
        await connector.send(str(LUNCH), Outgoing("[CQ:at,qq=all] hi"))
        with pytest.raises(GatewayError, match="no QQ number"):
            await connector.send("Ann of an export", Outgoing("hi"))
        await connector.typing(str(LUNCH), True)
        await connector.typing(str(ANN), True)
        await until(
            lambda: qq.calls[-1] == ("set_input_status", {"user_id": str(ANN), "event_type": 1})
        )
    assert qq.sent == [(LUNCH, "[CQ:at,qq=all] hi")]


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


@pytest.mark.parametrize("echoes", ["first", "after", "held", "twice"])
async def test_an_echo_is_logged_once_as_the_twins(
    qq: FakeGateway, make: Make, db: Database, echoes: Echoes
) -> None:
    qq.echoes = echoes
    chat = upsert_chat(db, "qq", str(ANN), "Ann", mode="auto")
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        for words in ("ok", "ok", "see you"):
            await sent(db, connector, chat.id, words)
        await qq.let_echoes_go()
        await qq.say("ok", by=OWNER, to=ANN)
        await qq.say("end")
        await events.first(MessageReceived, lambda event: event.text == "end")
    logged = [(message.origin, message.text) for message in messages_of_chat(db, chat.id)]
    assert logged == [
        *(("twin", words) for words in ("ok", "ok", "see you")),
        ("owner", "ok"),
        ("peer", "end"),
    ]


async def sent(db: Database, connector: OneBotConnector, chat: int, words: str) -> None:
    piece = add_piece(db, chat, words)
    move_piece(db, piece.id, "sending")
    id_ = await connector.send(str(ANN), Outgoing(words))
    move_piece(db, piece.id, "sent", external_id=id_)


async def test_a_send_without_echo_is_logged_and_told(
    qq: FakeGateway, make: Make, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.connectors.echoes.PATIENCE_S", 0.01)
    qq.echoes = "never"  # reportSelfMessage is off
    connector = make()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        await connector.send(str(ANN), Outgoing("hi"))
        await events.first(MessageReceived)
        assert connector.status().last_error == NO_ECHO
    # Another process sees it, a new connection does not hide it, and an own message ends it.
    [problem] = CONNECTOR.problems(qq.settings(), tmp_path)
    assert "reportSelfMessage" in problem.remedy
    connector = make()
    async with at_work(connector) as events:
        assert connector.status().last_error == NO_ECHO
        qq.echoes = "after"
        await qq.say("me", by=OWNER, to=ANN)
        await events.first(MessageReceived, lambda event: event.text == "me")
        assert connector.status().last_error is None
    assert CONNECTOR.problems(qq.settings(), tmp_path) == []


@pytest.mark.parametrize(
    ("retcode", "said", "is_in_doubt"),
    [
        (1200, "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg", True),
        (1200, "未知错误，可能操作超时", True),
        (1200, "无法获取用户信息", False),
        (1400, "Key: message, Message: timeout", False),
        (1404, "不支持的API", False),
    ],
)
async def test_what_a_refused_send_means(
    qq: FakeGateway, make: Make, retcode: int, said: str, is_in_doubt: bool
) -> None:
    qq.fails["send_private_msg"] = Refusal(retcode, said)
    connector = make()
    async with at_work(connector):
        with pytest.raises(SendInDoubtError if is_in_doubt else GatewayError):
            await connector.send(str(ANN), Outgoing("hi"))


async def test_a_call_that_hangs_and_a_connection_that_breaks_are_doubt(
    qq: FakeGateway, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = make()
    qq.hangs.add("send_private_msg")
    async with at_work(connector):
        monkeypatch.setattr("twin.connectors.onebot.gateway.ANSWER_S", 0.05)
        with pytest.raises(SendInDoubtError):
            await connector.send(str(ANN), Outgoing("hi"))
        monkeypatch.setattr("twin.connectors.onebot.gateway.ANSWER_S", 30.0)
        sending = asyncio.create_task(connector.send(str(ANN), Outgoing("again")))
        await until(lambda: len(qq.sent) == 2)
        qq.break_off()
        with pytest.raises(SendInDoubtError):
            await sending
        await until(lambda: connector.status().state == "failed")
        with pytest.raises(GatewayError, match="not logged in"):
            await connector.send(str(ANN), Outgoing("later"))


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

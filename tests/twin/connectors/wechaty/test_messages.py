"""What becomes of each type of message: through the real gateway, and odd ones alone."""

import asyncio
import json
from typing import Any

import pytest
from sqlite_utils import Database

from storage.messages import KINDS
from tests.twin.connectors.conftest import Make
from tests.twin.connectors.running import at_work, until
from tests.twin.connectors.wechaty.gateway import ANN, OWNER, ROOM, Gateway
from tests.twin.connectors.wechaty.inboxes import inbox_of
from tests.twin.fakes import chat_with
from twin.connectors.base import MessageRecalled, MessageReceived
from twin.connectors.wechaty.messages import OwnAccount, kind_of, place_of, recalled_id, received
from twin.connectors.wechaty.puppet import Payload

ME = OwnAccount(OWNER, "Owen")
NOW = 1_800_000_000_000

LINK = "<msg><appmsg><title><![CDATA[A & B]]></title><url>https://a.example/?x=1&amp;y=2</url>"
PLACE = '<msg><location x="1.2" y="3.4" label="12 Long Street" poiname="The Pub" /></msg>'
CALL = "<voipinvitemsg><roomid>1</roomid></voipinvitemsg>"
TRANSFER = "<msg><appmsg><title><![CDATA[微信转账]]></title><des>sent 20 yuan</des></appmsg></msg>"
REFER = (
    "<msg><appmsg><title>yes, at noon</title><type>57</type>"
    "<refermsg><svrid>778899</svrid><content>lunch?</content></refermsg></appmsg></msg>"
)
QUOTE = "「Ann：lunch?」\n- - - - - - - - - - - - - - -\nyes, at noon"


def payload(**values: Any) -> Payload:
    usual: dict[str, Any] = {
        "id": "1",
        "type": 7,
        "text": "hi",
        "timestamp": NOW,
        "talker": ANN,
        "listener": OWNER,
        "room": "",
        "mentions": (),
        "filename": "",
    }
    return Payload(**usual | values)


def event_of(message: Payload, owner: OwnAccount = ME) -> MessageReceived:
    return received(message, owner, chat_name="c", sender_name="s", now=NOW)


@pytest.mark.parametrize(
    ("number", "text", "kind", "shown"),
    [
        (1, "<msg><appmsg><title>plan.pdf</title></appmsg></msg>", "file", "plan.pdf"),
        (2, "", "voice", ""),
        (3, '<msg username="x" nickname="Carl" />', "contact", "Carl"),
        (4, "<msg>forwarded</msg>", "other", ""),
        (5, '<msg><emoji md5="1" /></msg>', "sticker", ""),
        (6, "<msg><img /></msg>", "image", ""),
        (7, "hello", "text", "hello"),
        (8, PLACE, "location", "The Pub\n12 Long Street"),
        (8, "Long Street 12:\n/cgi-bin/x", "location", "Long Street 12"),
        (9, LINK, "link", "A & B\nhttps://a.example/?x=1&y=2"),
        (10, "a note", "system", "a note"),
        (11, TRANSFER, "transfer", "微信转账"),
        (12, "a red envelope", "transfer", "a red envelope"),
        (14, LINK, "link", "A & B\nhttps://a.example/?x=1&y=2"),
        (15, "<msg><videomsg /></msg>", "video", ""),
        (0, CALL, "call", ""),
        (0, "what is it", "other", ""),
    ],
)
async def test_every_type_is_logged(
    gateway: Gateway, make: Make, number: int, text: str, kind: str, shown: str
) -> None:
    gateway.login()
    message_id = f"type-{number}-{kind}-{len(text)}"
    async with at_work(make(gateway.settings())) as events:
        gateway.raw(message_id, number, text)
        message = await events.first(MessageReceived)
    assert (message.kind, message.text) == (kind, shown)
    assert message.kind in KINDS
    if kind != "text":
        assert message.raw is not None
        assert json.loads(message.raw)["text"] == text


async def test_a_link_without_xml_is_asked_for(gateway: Gateway, make: Make) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.raw("a-link", 14)
        message = await events.first(MessageReceived)
    assert message.text == "mock title for a-link\nhttps://mock.url"


@pytest.mark.parametrize(
    "told", ["{id}", " {id}\n", "<sysmsg><revokemsg><newmsgid>{id}</newmsgid></revokemsg></sysmsg>"]
)
async def test_a_recalled_message_is_marked(
    gateway: Gateway, db: Database, make: Make, told: str
) -> None:
    gateway.login()
    chat_with(db, ANN, platform="wechat")
    connector = make(gateway.settings())
    task = asyncio.create_task(connector.run(inbox_of(db).handle))
    await until(lambda: connector.status().state == "running")
    regretted = f"regretted-{len(told)}"
    gateway.raw(regretted, 7, "what I should not have written")
    gateway.raw(f"recall-{len(told)}", 13, told.format(id=regretted))
    query = "SELECT external_id, recalled_at IS NOT NULL FROM messages"
    await until(lambda: db.execute(query).fetchall() == [(regretted, 1)])
    await connector.stop()
    await task


async def test_a_recall_in_a_group(gateway: Gateway, make: Make) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.raw("recall-in-group", 13, "some-id", listenerId="", roomId=ROOM)
        recall = await events.first(MessageRecalled)
    assert recall == MessageRecalled(ROOM, "some-id")


@pytest.mark.parametrize(("text", "answers"), [(REFER, "778899"), (QUOTE, None)])
def test_of_a_quote_the_answer_is_the_text(text: str, answers: str | None) -> None:
    message = event_of(payload(text=text))
    assert (message.kind, message.text, message.reply_to) == ("text", "yes, at noon", answers)
    assert message.raw is not None
    assert json.loads(message.raw)["text"] == text


@pytest.mark.parametrize(
    "text", ["「Ann：lunch?」", "a「b」\nc", "- - - - - -", "「x」\n-----", ""]
)
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    message = event_of(payload(text=text))
    assert (message.text, message.reply_to, message.raw) == (text, None, None)


def test_times_in_seconds_and_none_at_all() -> None:
    assert event_of(payload(timestamp=1_700_000_000)).sent_at == 1_700_000_000_000
    assert event_of(payload(timestamp=1_700_000_000_123)).sent_at == 1_700_000_000_123
    assert event_of(payload(timestamp=0)).sent_at == NOW


def test_what_the_platform_says_is_nobodys_message() -> None:
    message = event_of(payload(talker="", room=ROOM, type=0, text="Ann invited Bob"))
    assert (message.kind, message.text, message.sender_id) == ("system", "Ann invited Bob", ROOM)
    assert not message.from_owner


def test_the_owners_mention_of_the_own_name_is_none() -> None:
    own = payload(talker=OWNER, room=ROOM, listener="", mentions=(OWNER,))
    assert not event_of(own).mentions_owner
    assert not event_of(payload(mentions=(OWNER,))).mentions_owner  # not in a group


def test_a_name_with_signs_and_no_name_at_all() -> None:
    odd = OwnAccount(OWNER, "O. (w)")
    assert event_of(payload(room=ROOM, text="@O. (w) hi"), odd).mentions_owner
    assert not event_of(payload(room=ROOM, text="@O! (w) hi"), odd).mentions_owner
    assert not event_of(payload(room=ROOM, text="@ hi"), OwnAccount(OWNER, "")).mentions_owner


def test_the_owner_writes_to_somebody_unknown() -> None:
    assert place_of(payload(talker=OWNER, listener=""), ME).kind == "self"


def test_escaped_xml_and_characters_that_no_database_keeps() -> None:
    escaped = "&lt;msg&gt;&lt;title&gt;A &amp;amp; B&lt;/title&gt;&lt;/msg&gt;"
    assert event_of(payload(type=14, text=escaped)).text == "A & B"
    assert event_of(payload(text="a\0b")).text == "ab"


def test_a_text_about_calls_is_no_call() -> None:
    assert kind_of(payload(text="<voipinvitemsg>")) == "text"


def test_the_id_that_was_recalled() -> None:
    assert recalled_id(payload(text="<revokemsg><msgid>5</msgid></revokemsg>")) == "5"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('hi<span class="emoji emoji1f604"></span>', "hi😄"),
        ('<img class="qqemoji" text="[微笑]_web" src="/x.gif" />ok', "[微笑]ok"),
        ("one<br/>two &amp; three &lt;br/&gt; &amp;lt;", "one\ntwo & three <br/> &lt;"),
        ("「Ann：lunch?」<br/>- - - - - - - - - -<br/>yes &amp; no", "yes & no"),
        ("<msg><emoji md5='1' /></msg>", ""),
        ("I <3 you", "I <3 you"),
    ],
)
def test_markup_is_read_as_people_see_it(text: str, shown: str) -> None:
    message = event_of(payload(text=text))
    assert (message.kind, message.text) == ("text", shown)
    assert (message.raw is None) == (text == shown)


def test_in_a_group_the_web_protocol_names_the_sender_once_more() -> None:
    assert event_of(payload(room=ROOM, text=f"{ANN}:<br/>hi &amp; bye")).text == "hi & bye"
    assert event_of(payload(room=ROOM, text="Note:\nhi")).text == "Note:\nhi"


async def test_names_are_read_as_people_see_them(gateway: Gateway, make: Make) -> None:
    gateway.login()
    gateway.order("rename", id=ANN, alias='Ann &amp; Co<span class="emoji emoji1f338"></span>')
    async with at_work(make(gateway.settings())) as events:
        gateway.say("hi")
        message = await events.first(MessageReceived)
    gateway.order("rename", id=ANN, alias="")
    assert (message.chat_name, message.sender_name) == ("Ann & Co🌸", "Ann & Co🌸")

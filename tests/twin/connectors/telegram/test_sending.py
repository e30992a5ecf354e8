"""What becomes of a message that is sent, said for certain."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlite_utils import Database
from telegram.error import NetworkError

from storage.reasons import BurstReason
from tests.twin.connectors.running import at_work, until
from tests.twin.connectors.telegram.bot_api import TOKEN, BotApi
from tests.twin.connectors.telegram.conftest import QuickClock
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import (
    LoggedOut,
    MessageReceived,
    Outgoing,
    SendInDoubtError,
    SendLaterError,
    SendRefusedError,
    Sticker,
)
from twin.connectors.telegram.api import ApiClient, BotApiError, explained
from twin.connectors.telegram.connector import TelegramConnector
from twin.connectors.telegram.sending import outcomes, parts_of

pytestmark = pytest.mark.server

DAY_S = 24 * 3600


@pytest.fixture(autouse=True)
def connected(api: BotApi) -> None:
    api.connect()
    api.heard()


async def test_plain_text_stays_as_it_is(api: BotApi, connector: TelegramConnector) -> None:
    text = "<b>1 < 2</b> _and_ *so* [on](x) `\\`"
    async with at_work(connector):
        await connector.send("200", Outgoing(text, reply_to="17"))
    (sent,) = (arguments for name, arguments in api.calls if name == "sendmessage")
    assert sent["text"] == text
    assert "parse_mode" not in sent
    assert '"message_id": 17' in sent["reply_parameters"]
    assert sent["business_connection_id"] == "bc-1"


async def test_after_a_day_of_silence_no_answer_is_taken(
    api: BotApi, connector: TelegramConnector
) -> None:
    async with at_work(connector):
        api.ahead_s = DAY_S + 60
        with pytest.raises(SendRefusedError) as refused:
            await connector.send("200", Outgoing("good morning"))
    assert refused.value.reason == BurstReason.TOO_LATE_THERE.of(24)


@pytest.mark.parametrize("chat", ["200", "-1001234", "channel", "２００"])
async def test_chats_that_the_bot_was_not_given(
    api: BotApi, connector: TelegramConnector, chat: str
) -> None:
    """Groups too, which an export may have brought."""
    api.shared = False
    async with at_work(connector):
        with pytest.raises(SendRefusedError) as refused:
            await connector.send(chat, Outgoing("hi"))
    assert refused.value.reason == BurstReason.NOT_SHARED
    assert api.said() == []


async def test_too_fast_is_later(api: BotApi, connector: TelegramConnector) -> None:
    async with at_work(connector):
        api.refuse("sendMessage", 429, "Too Many Requests: retry after 7", retry_after=7)
        with pytest.raises(SendLaterError) as later:
            await connector.send("200", Outgoing("hi"))
        assert later.value.seconds == 7
        assert await connector.send("200", Outgoing("hi")) is not None
    assert api.said() == ["hi"]


@pytest.mark.parametrize("echoes", [True, False])
async def test_no_answer_is_a_doubt_unless_an_echo_comes(
    api: BotApi, connector: TelegramConnector, monkeypatch: pytest.MonkeyPatch, echoes: bool
) -> None:
    monkeypatch.setattr("twin.connectors.telegram.api.ANSWER_S", 0.3)
    api.echoes = echoes
    async with at_work(connector):
        api.hangs.add("sendmessage")
        if echoes:
            sent = await connector.send("200", Outgoing("hi"))
            assert sent == str(api.sent[0]["message_id"])
        else:
            with pytest.raises(SendInDoubtError):
                await connector.send("200", Outgoing("hi"))
    assert api.said() == ["hi"]


@pytest.mark.parametrize(
    ("code", "description", "error"),
    [
        (500, "Internal Server Error", SendInDoubtError),
        (502, "Bad Gateway", SendInDoubtError),
        (403, "Forbidden: bot was blocked by the user", BotApiError),
        (400, "Bad Request: message text is empty", BotApiError),
        (400, "Bad Request: business connection not found", BotApiError),
        (401, "Unauthorized", BotApiError),
    ],
)
async def test_what_errors_mean(
    api: BotApi, connector: TelegramConnector, code: int, description: str, error: type[Exception]
) -> None:
    async with at_work(connector):
        api.refuse("sendMessage", code, description)
        with pytest.raises(error):
            await connector.send("200", Outgoing("hi"))


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate is not yet valid", "machine's clock right"),
        ("[Errno -2] Name or service not known https://x/bot4242:secret", "can't be reached"),
    ],
)
def test_why_a_server_is_not_reached(cause: str, said: str) -> None:
    error = NetworkError(f"httpx.ConnectError: {cause}")
    error.__cause__ = httpx.ConnectError(cause)
    with pytest.raises(BotApiError, match=said) as told, explained():
        raise error
    assert "secret" not in str(told.value)
    with pytest.raises(SendLaterError), outcomes():
        raise error


def test_a_proxy_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    ApiClient(TOKEN, "https://api.telegram.org")
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:secret@127.0.0.1:9")
    ApiClient(TOKEN, "https://api.telegram.org")
    monkeypatch.setenv("HTTPS_PROXY", "socks9://me:secret@127.0.0.1:9")
    with pytest.raises(BotApiError, match="HTTPS_PROXY") as refused:
        ApiClient(TOKEN, "https://api.telegram.org")
    assert "secret" not in str(refused.value)


async def test_a_connection_that_is_gone_is_noticed(
    api: BotApi, connector: TelegramConnector
) -> None:
    async with at_work(connector) as events:
        api.connected_at = 0
        with pytest.raises(BotApiError, match="connection not found"):
            await connector.send("200", Outgoing("hi"))
        await events.first(LoggedOut)
        assert "not connected to your account" in str(connector.status().last_error)


async def test_a_server_that_is_away_took_nothing(
    api: BotApi, connector: TelegramConnector
) -> None:
    async with at_work(connector):
        await api.stop()
        with pytest.raises(SendLaterError):
            await connector.send("200", Outgoing("hi"))
    with pytest.raises(SendLaterError):  # nor does a connector that does not run
        await connector.send("200", Outgoing("hi"))


async def test_a_long_text_goes_in_parts_and_once(
    api: BotApi, connector: TelegramConnector, quick: QuickClock
) -> None:
    text = "🙂" * 3000
    async with at_work(connector):
        task = asyncio.create_task(connector.send("200", Outgoing(text)))
        await until(lambda: api.sent)
        assert await task == str(api.sent[0]["message_id"])
    assert "".join(api.said()) == text
    assert [len(part) for part in api.said()] == [2048, 952]


async def test_a_part_is_not_sent_twice(
    api: BotApi, connector: TelegramConnector, quick: QuickClock
) -> None:
    """Only before the first may the whole be sent again."""
    async with at_work(connector):
        api.fail_after("sendMessage", 1, 429, "Too Many Requests: retry after 3", retry_after=3)
        await connector.send("200", Outgoing("a" * 4096 + "b"))
        assert quick.slept == [3]
        api.fail_after("sendMessage", 1, 400, "Bad Request: BUSINESS_PEER_USAGE_MISSING")
        with pytest.raises(SendInDoubtError, match="only a part"):
            await connector.send("200", Outgoing("c" * 4096 + "d"))
    assert [part[0] for part in api.said()] == ["a", "b", "c"]


async def test_a_message_is_read_when_the_answer_goes_out(
    api: BotApi, db: Database, connector: TelegramConnector
) -> None:
    def read() -> list[Any]:
        names = [name for name, _ in api.calls if name in ("readbusinessmessage", "sendmessage")]
        marks = [one["message_id"] for name, one in api.calls if name == "readbusinessmessage"]
        return [names, marks]

    async with at_work(connector, into=inbox_of(db).handle) as events:
        api.friend_says("one")
        last = api.friend_says("two")
        await events.first(MessageReceived, lambda event: event.text == "two")
        assert read() == [[], []]
        await connector.send("200", Outgoing("hi"))
        await connector.send("200", Outgoing("there"))
        number = str(last["message_id"])
        assert read() == [["readbusinessmessage", "sendmessage", "sendmessage"], [number]]
        api.refuse("readBusinessMessage", 400, "Bad Request: MESSAGE_ID_INVALID")
        api.friend_says("three")
        await events.first(MessageReceived, lambda event: event.text == "three")
        await connector.send("200", Outgoing("all the same"))
    assert api.said()[-1] == "all the same"


async def test_without_the_right_nothing_is_marked(
    api: BotApi, db: Database, connector: TelegramConnector
) -> None:
    api.rights = {"can_reply": True}
    api.connect()
    async with at_work(connector, into=inbox_of(db).handle) as events:
        api.friend_says("hi")
        await events.first(MessageReceived)
        await connector.send("200", Outgoing("hi"))
    assert api.count("readBusinessMessage") == 0


async def test_typing_is_shown_again_until_the_answer_is_there(
    api: BotApi, connector: TelegramConnector, quick: QuickClock
) -> None:
    async with at_work(connector):
        await connector.typing("200", True)
        await until(lambda: api.count("sendChatAction") >= 3)
        assert set(quick.slept) == {5.0}
        await connector.send("200", Outgoing("hi"))
        shown = api.count("sendChatAction")
        assert shown <= 40
        api.refuse("sendChatAction", 429, "Too Many Requests", retry_after=9)
        await connector.typing("200", True)
        await until(lambda: not api.refusals["sendchataction"])
        await connector.typing("200", False)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("short", ["short"]),
        ("aaaa bbbb cccc", ["aaaa bbbb", "cccc"]),
        ("aaaa bbb\ncccc d", ["aaaa bbb", "cccc d"]),
        ("a" * 25, ["a" * 10, "a" * 10, "a" * 5]),
        ("🙂" * 7, ["🙂" * 5, "🙂" * 2]),
        ("aaaaaaaaa🙂b", ["aaaaaaaaa", "🙂b"]),
        (" " * 12 + "a", ["a"]),
    ],
)
def test_where_a_long_text_is_cut(text: str, parts: list[str]) -> None:
    assert parts_of(text, 10) == parts


@pytest.mark.parametrize(
    "answer",
    [
        (200, '{"ok": true, "result": {"message_id": "x"}}'),
        (200, "[]"),
        (200, "<html>Log in to this network</html>"),
        (404, "<html>No such page</html>"),
        (403, '{"ok": false, "description": {}}'),
        (502, "[" * 100_000),
    ],
)
async def test_an_answer_that_is_none_of_telegrams_is_a_doubt(
    api: BotApi, connector: TelegramConnector, answer: tuple[int, str]
) -> None:
    async with at_work(connector):
        api.odd["sendmessage"] = answer
        with pytest.raises(SendInDoubtError):
            await connector.send("200", Outgoing("hi"))
    assert api.said() == ["hi"]


async def test_what_is_spoken_goes_as_a_voice_or_as_words(
    api: BotApi, connector: TelegramConnector
) -> None:
    message = Outgoing("on my way", voice=b"OggS" + bytes(96))
    async with at_work(connector):
        spoken = await connector.send("200", message)
        api.refuse("sendVoice", 400, "Bad Request: VOICE_MESSAGES_FORBIDDEN")
        written = await connector.send("200", message)
        api.refuse("sendVoice", 400, "Bad Request: BUSINESS_PEER_USAGE_MISSING")
        with pytest.raises(SendRefusedError):
            await connector.send("200", message)
    assert [(one.get("text"), "voice" in one) for one in api.sent] == [
        (None, True),
        ("on my way", False),
    ]
    assert api.sent[0]["voice"]["file_size"] == 100
    assert [spoken, written] == [str(one["message_id"]) for one in api.sent]


async def test_a_sticker_or_animation_of_a_file(
    api: BotApi, connector: TelegramConnector, tmp_path: Path
) -> None:
    async with at_work(connector):
        for name in ("a.webp", "b.gif"):
            (tmp_path / name).write_bytes(b"x" * 10)
            await connector.send("200", Outgoing("", sticker=Sticker(None, tmp_path / name)))
        other = Sticker('["sticker", "ofAnotherBotsOwn"]')
        with pytest.raises(BotApiError, match="Wrong file"):
            await connector.send("200", Outgoing("", sticker=other))
    assert ["sticker" in one for one in api.sent] == [True, False]
    assert "animation" in api.sent[1]

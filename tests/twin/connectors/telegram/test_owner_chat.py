"""The owner steers in the bot's own chat; nobody else does."""

import pytest

from tests.twin.connectors.running import Events, at_work, until
from tests.twin.connectors.telegram.bot_api import ANN, OWNER, BotApi, Told
from twin.connectors.base import Command, Event, MessageReceived, Outgoing
from twin.connectors.telegram.api import BotApiError
from twin.connectors.telegram.connector import TelegramConnector

pytestmark = pytest.mark.server

DRAFT = Outgoing(
    "Draft 3 for Ann\n> /twin edit 5\nat eight",
    commands=(
        Command("Send", "/twin approve 3"),
        Command("Edit", "/twin edit 3"),
        Command("Reject", "/twin reject 3"),
    ),
)
EVE = {"id": 300, "is_bot": False, "first_name": "Eve"}
CHINESE = ANN | {"language_code": "zh-hans"}


@pytest.fixture(autouse=True)
def connected(api: BotApi) -> None:
    api.connect()


async def order(events: Events) -> MessageReceived:
    found = await events.first(MessageReceived)
    assert (found.chat_external_id, found.chat_kind) == ("bot:100", "self")
    assert found.from_owner
    assert found.steers
    return found


def buttons(notice: Told) -> list[tuple[str, str]]:
    rows = notice.get("reply_markup", {}).get("inline_keyboard", [])
    return [(one["text"], one["callback_data"]) for row in rows for one in row]


async def shown_draft(api: BotApi, connector: TelegramConnector) -> Told:
    await connector.send("bot:100", DRAFT)
    return api.notices()[-1]


async def test_a_draft_comes_with_buttons_that_go_once_it_is_decided(
    api: BotApi, connector: TelegramConnector
) -> None:
    async with at_work(connector) as events:
        notice = await shown_draft(api, connector)
        assert notice["text"] == DRAFT.text
        assert buttons(notice) == [(label, text) for label, text in DRAFT.commands]
        api.press(notice, "/twin approve 3")
        pressed = await order(events)
        assert pressed.text == "/twin approve 3"
        assert pressed.external_id is not None
        await until(lambda: api.count("answerCallbackQuery") == 1 and not buttons(notice))


async def test_edit_asks_for_the_new_text(api: BotApi, connector: TelegramConnector) -> None:
    async with at_work(connector) as events:
        notice = await shown_draft(api, connector)
        api.press(notice, "/twin edit 3")
        await until(lambda: len(api.notices()) == 2)
        prompt = api.notices()[-1]
        assert prompt["asked"]["force_reply"]
        assert buttons(notice)  # it can still be sent as it is
        api.says_to_bot("at nine\nor ten", reply_to_message=prompt)
        assert (await order(events)).text == "/twin edit 3 at nine\nor ten"
        await until(lambda: not buttons(notice))


async def test_an_edit_goes_on_after_a_restart(api: BotApi, connector: TelegramConnector) -> None:
    async with at_work(connector):
        api.press(await shown_draft(api, connector), "/twin edit 3")
        await until(lambda: len(api.notices()) == 2)
    async with at_work(connector) as events:
        api.says_to_bot("at nine", reply_to_message=api.notices()[-1])
        assert (await order(events)).text == "/twin edit 3 at nine"


async def test_what_a_friend_wrote_into_a_draft_is_no_question(
    api: BotApi, connector: TelegramConnector
) -> None:
    async with at_work(connector) as events:
        notice = await shown_draft(api, connector)
        api.says_to_bot("what does he mean?", reply_to_message=notice)
        assert (await order(events)).text == "what does he mean?"
        asked = "Draft 3: write the new text as an answer to this message."
        fake = notice | {"from": ANN, "text": asked}
        api.says_to_bot("hm", reply_to_message=fake)
        assert (await order(events)).text == "hm"


async def test_only_the_owners_press_counts(api: BotApi, connector: TelegramConnector) -> None:
    async with at_work(connector) as events:
        notice = await shown_draft(api, connector)
        api.press(notice, "/twin approve 3", EVE)
        api.press(notice, "buy something")
        api.press(notice, "/twin reject 3")
        assert (await order(events)).text == "/twin reject 3"
        assert events.all == []
        await until(lambda: api.count("answerCallbackQuery") == 3)


async def test_a_press_that_comes_again_is_the_same(
    api: BotApi, connector: TelegramConnector
) -> None:
    """It was handled, and the bot was killed before Telegram knew."""
    ids = set[str | None]()

    async def kill(name: str, event: Event) -> None:
        if isinstance(event, MessageReceived):
            ids.add(event.external_id)
            raise KeyError

    async with at_work(connector):
        api.press(await shown_draft(api, connector), "/twin approve 3")
    for _ in range(2):
        with pytest.raises(BotApiError, match="not logged"):
            await connector.run(kill)
    assert len(ids) == 1


async def test_buttons_that_come_too_late_end_nothing(
    api: BotApi, connector: TelegramConnector
) -> None:
    async with at_work(connector) as events:
        notice = await shown_draft(api, connector)
        old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
        api.refuse("answerCallbackQuery", 400, old)
        api.refuse("editMessageReplyMarkup", 400, "Bad Request: message can't be edited")
        api.press(notice, "/twin approve 3")
        await order(events)
        api.says_to_bot("/twin status")
        assert (await order(events)).text == "/twin status"
        assert connector.status().state == "running"


async def test_strangers_are_told_about_privacy_and_nothing_else(
    api: BotApi, connector: TelegramConnector
) -> None:
    async with at_work(connector) as events:
        for text in ("hello?", "/start", "/twin off Olga", "/privacy", "/privacy", "/privacy"):
            api.says_to_bot(text, ANN)
        api.says_to_bot("/privacy", OWNER)
        group = {"id": -5, "type": "group", "title": "All"}
        api.tell("message", api.says_to_bot("x", EVE) | {"chat": group, "text": "/privacy"})
        api.says_to_bot("/start")
        assert (await order(events)).text == "/twin help"
        assert events.all == []
    told = [(message["chat"]["id"], message["text"][:8]) for message in api.sent]
    assert told == [(200, "This bot"), (200, "This bot"), (100, "This bot")]


async def test_privacy_is_told_in_the_readers_language(
    api: BotApi, connector: TelegramConnector
) -> None:
    async with at_work(connector):
        api.says_to_bot("/privacy", CHINESE)
        await until(lambda: api.sent)
    assert "聊天" in api.sent[0]["text"]


async def test_saved_messages_of_an_export_lead_to_the_bots_chat(
    api: BotApi, connector: TelegramConnector
) -> None:
    """A bot does not see them, and the owner is to be told all the same."""
    async with at_work(connector):
        await connector.send("100", Outgoing("Training is done."))
        await connector.typing("bot:100", True)
    assert [message["text"] for message in api.notices()] == ["Training is done."]
    assert api.count("sendChatAction") == 0


async def test_who_blocked_the_bot_hears_nothing(api: BotApi, connector: TelegramConnector) -> None:
    async with at_work(connector):
        api.refuse("sendMessage", 403, "Forbidden: bot was blocked by the user")
        with pytest.raises(BotApiError, match="blocked"):
            await connector.send("bot:100", DRAFT)
        assert connector.status().state == "running"

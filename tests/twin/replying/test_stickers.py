"""The twin answers with a sticker of the owner's: chosen, sent, known again, held back."""

from pathlib import Path
from typing import Any

import pytest

from storage.chats import set_mode
from storage.decisions import last_decisions
from storage.drafts import edit_draft
from storage.media_texts import store_media_text
from storage.messages import messages_of_chat
from storage.outbox import Piece
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeConnector, FakeTime
from tests.twin.stickers.logged import exchange, gif
from twin.connectors.base import Capabilities, MessageReceived, Sticker

GIFS = frozenset({".gif"})


@pytest.fixture
def bot(make_bot: MakeBot) -> Bot:
    return with_stickers(make_bot)


def with_stickers(make_bot: MakeBot, *, echo: bool = False, **sections: Any) -> Bot:
    can = Capabilities(discloses=True, sticker_files=GIFS, self_echo=echo)
    sections = {"reply": {"stickers": True}, "memory": {"embeddings": ""}} | sections
    return make_bot(FakeConnector(capabilities=can), **sections)


def night(bot: Bot, *answer: str) -> tuple[int, Path]:
    """The owner answers "good night" with that; the sticker's number and file."""
    media = gif(bot.config.data, "night.gif")
    numbers = exchange(bot.db, bot.chat.id, "good night", *answer, media=media)
    return numbers[answer.index("*")], bot.config.data / media


def kinds(bot: Bot) -> list[tuple[str, str, str]]:
    rows = bot.db.execute("SELECT kind, text, state FROM outbox ORDER BY id")
    return [tuple(row) for row in rows]


async def test_alone_where_the_owner_used_no_words(bot: Bot, time: FakeTime) -> None:
    _, file = night(bot, "*")
    await bot.receive("good night")
    await time.advance(60)
    assert bot.engine.asked == []
    [message] = bot.connector.messages
    assert (message.text, message.sticker) == ("", Sticker(None, file))
    [logged] = list(messages_of_chat(bot.db, bot.chat.id))[-1:]
    assert (logged.origin, logged.kind, logged.text) == ("twin", "sticker", "")
    [record] = last_decisions(bot.db, bot.chat.id)
    assert (record.reason, record.said[0].text) == ("answered", "[sticker]")
    assert record.said[0].sticker_of is not None


@pytest.mark.parametrize(
    ("answer", "sent"),
    [(("sleep well", "*"), ["ok", ""]), (("*", "sleep well"), ["", "ok"])],
)
async def test_beside_words_where_the_owner_put_it(
    bot: Bot, time: FakeTime, answer: tuple[str, ...], sent: list[str]
) -> None:
    night(bot, *answer)
    await bot.receive("good night")
    await time.advance(60)
    assert bot.connector.texts == sent


async def test_a_question_is_answered_in_words_too(bot: Bot, time: FakeTime) -> None:
    night(bot, "*")
    await bot.receive("good night?")
    await time.advance(60)
    assert bot.connector.texts == ["ok", ""]


async def test_a_question_that_was_spoken_too(bot: Bot, time: FakeTime) -> None:
    night(bot, "*")
    await bot.receive_file("voice")
    bot.read("good night?")
    await time.advance(60)
    assert bot.connector.texts == ["ok", ""]


async def test_off_nothing_changes(make_bot: MakeBot, time: FakeTime) -> None:
    bot = with_stickers(make_bot, reply={})
    night(bot, "*")
    await bot.receive("good night")
    await time.advance(60)
    assert bot.connector.texts == ["ok"]


async def test_what_is_written_on_it_is_guarded(bot: Bot, time: FakeTime) -> None:
    sticker, _ = night(bot, "*")
    text = "my card is 4111 1111 1111 1111"
    store_media_text(bot.db, sticker, "media/fake/night.gif", text, reader="r", at=1)
    await bot.receive("good night")
    await time.advance(60)
    assert bot.connector.texts == ["ok"]


async def test_its_echo_is_the_twins_and_silences_nobody(make_bot: MakeBot, time: FakeTime) -> None:
    bot = with_stickers(make_bot, echo=True)
    night(bot, "*")
    await bot.receive("good night")
    await time.advance(60)
    assert len(bot.connector.messages) == 1
    for number, expected in (("e1", "twin"), ("e2", "owner")):  # the second one the owner sent
        event = MessageReceived(
            *("ann", "ann", "me", "me", "", int(time.seconds * 1000) - 55_000),
            external_id=number,
            from_owner=True,
            kind="sticker",
        )
        await bot.inbox.handle("fake", event)
        [last] = list(messages_of_chat(bot.db, bot.chat.id))[-1:]
        assert last.origin == expected


async def test_the_owners_word_cancels_it(bot: Bot, time: FakeTime) -> None:
    night(bot, "sleep well", "*")
    await bot.receive("good night")
    await time.advance(5)
    assert bot.connector.texts == ["ok"]
    await bot.receive("I am here myself", from_owner=True)
    await time.advance(60)
    assert bot.connector.texts == ["ok"]
    assert kinds(bot)[-1] == ("sticker", "", "cancelled")


async def test_one_that_is_gone_meanwhile_is_not_sent(bot: Bot, time: FakeTime) -> None:
    sticker, _ = night(bot, "sleep well", "*")
    await bot.receive("good night")
    await time.advance(5)
    bot.db.execute("UPDATE messages SET recalled_at = 1 WHERE id = ?", [sticker])
    await time.advance(60)
    assert bot.connector.texts == ["ok"]
    assert kinds(bot)[-1] == ("sticker", "", "cancelled")
    assert bot.reasons() == ["answered"]


async def test_alone_and_gone_the_burst_was_not_answered(bot: Bot, time: FakeTime) -> None:
    sticker, _ = night(bot, "*")
    await bot.receive("good night")
    await time.advance(5)
    bot.db.execute("DELETE FROM messages WHERE id = ?", [sticker])
    await time.advance(60)
    assert bot.connector.texts == []
    assert bot.reasons() == ["the sticker that it would send is gone"]


async def test_as_a_draft_it_waits(make_bot: MakeBot, time: FakeTime) -> None:
    bot = with_stickers(make_bot)
    set_mode(bot.db, bot.chat.id, "draft")
    night(bot, "sleep well", "*")
    await bot.receive("good night")
    await time.advance(60)
    assert bot.connector.texts == []
    assert [state for _, _, state in kinds(bot)] == ["draft", "draft"]
    (number,) = bot.db.execute("SELECT MAX(decision_id) FROM outbox").fetchone()
    pieces: list[Piece] = edit_draft(bot.db, number, "[sticker]", now=time.now())
    bot.replies.send(pieces)
    await time.advance(60)
    assert [bool(message.sticker) for message in bot.connector.messages] == [True]


async def test_one_message_that_is_left_is_for_words(make_bot: MakeBot, time: FakeTime) -> None:
    bot = with_stickers(make_bot, policy={"max_per_day": 1})
    night(bot, "sleep well", "*")
    await bot.receive("good night")
    await time.advance(60)
    assert bot.connector.texts == ["ok"]

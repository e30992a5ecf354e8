"""Only the owner's stickers, only to whom they sent them, and no more often than they did."""

import random
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import Chat, get_chat, upsert_chat
from storage.database import open_database
from storage.media_texts import store_media_text
from storage.messages import mark_recalled, recent_messages
from storage.outbox import record_decision
from storage.people import link_chats
from storage.pieces import StickerOf
from tests.twin.fakes import config_in
from tests.twin.stickers.logged import exchange, gif, log, pause
from twin.config.schema import Config
from twin.connectors.base import Capabilities
from twin.stickers.choose import REPLIES, Choice, choose_sticker, may_send

GIFS = Capabilities(sticker_files=frozenset({".gif"}))


@pytest.fixture
def chat(db: Database) -> Chat:
    return upsert_chat(db, "fake", "ann", "Ann", mode="auto")


@pytest.fixture
def config(db: Database, tmp_path: Path) -> Config:
    return with_stickers(tmp_path)


def with_stickers(folder: Path) -> Config:
    config = config_in(folder)
    memory = config.memory.model_copy(update={"embeddings": ""})
    reply = config.reply.model_copy(update={"stickers": True})
    return config.model_copy(update={"reply": reply, "memory": memory})


async def chosen(
    config: Config, db: Database, chat: Chat, asked: str, can: Capabilities = GIFS
) -> Choice | None:
    pause()
    log(db, chat.id, "peer", asked)
    return await choose_sticker(config, db, chat, recent_messages(db, chat.id, 1), can)


async def test_as_in_the_exchange_most_like_it(config: Config, db: Database, chat: Chat) -> None:
    [night] = exchange(db, chat.id, "good night", "*", media=gif(config.data, "night.gif"))
    [_, wow] = exchange(db, chat.id, "I passed!", "wow", "*", media=gif(config.data, "wow.gif"))
    assert await chosen(config, db, chat, "good night :)") == Choice(night, "", True, False)
    assert await chosen(config, db, chat, "passed too!") == Choice(wow, "", False, False)
    assert await chosen(config, db, chat, "what shall we eat") is None


async def test_not_where_the_owner_used_words(config: Config, db: Database, chat: Chat) -> None:
    exchange(db, chat.id, "good night", "*", media=gif(config.data, "night.gif"))
    exchange(db, chat.id, "coming tonight?", "at eight")
    assert await chosen(config, db, chat, "coming tonight?") is None


async def test_off_in_groups_and_where_nothing_takes_it(
    config: Config, db: Database, chat: Chat
) -> None:
    exchange(db, chat.id, "hi", "*", media=gif(config.data, "hi.gif"))
    off = config.model_copy(update={"reply": config.reply.model_copy(update={"stickers": False})})
    assert await chosen(off, db, chat, "hi") is None
    assert await chosen(config, db, replace(chat, kind="group"), "hi") is None
    assert await chosen(config, db, chat, "hi", Capabilities()) is None
    assert await chosen(config, db, chat, "hi", Capabilities(own_stickers=True)) is None
    assert await chosen(config, db, chat, "hi") is not None


async def test_what_was_taken_back_blocked_or_is_gone_is_not_sent(
    config: Config, db: Database, chat: Chat
) -> None:
    media = gif(config.data, "hi.gif")
    [sticker] = exchange(db, chat.id, "hi", "*", media=media)
    store_media_text(db, sticker, media, "我太难了", reader="r", at=1)
    assert (await chosen(config, db, chat, "hi")) == Choice(sticker, "我太难了", True, False)
    privacy = config.privacy.model_copy(update={"blocked_words": ("太难",)})
    assert await chosen(config.model_copy(update={"privacy": privacy}), db, chat, "hi") is None
    (config.data / media).unlink()
    assert await chosen(config, db, chat, "hi") is None
    gif(config.data, "hi.gif")
    db.execute("UPDATE messages SET external_id = 's' WHERE id = ?", [sticker])
    mark_recalled(db, chat.id, "s", 5)
    assert await chosen(config, db, chat, "hi") is None


async def test_another_friends_sticker_stays_with_them_but_for_linked_chats(
    config: Config, db: Database, chat: Chat
) -> None:
    other = upsert_chat(db, "wechat", "ann2", "Ann on WeChat")
    [sticker] = exchange(db, other.id, "hi", "*", media=gif(config.data, "hi.gif"))
    assert await chosen(config, db, chat, "hi") is None
    link_chats(db, chat.id, other.id)
    assert await chosen(config, db, chat, "hi") == Choice(sticker, "", True, False)
    forget_chat(db, other.id)
    assert await chosen(config, db, chat, "hi") is None


async def test_no_larger_share_than_the_owners(config: Config, db: Database, chat: Chat) -> None:
    exchange(db, chat.id, "haha", "*", media=gif(config.data, "haha.gif"))
    for number in range(3):
        exchange(db, chat.id, f"lunch {number}?", "yes")
    sent = []
    for _ in range(12):
        found = await chosen(config, db, chat, "haha")
        sent.append(found is not None)
        reply = ["ok"] if found is None else [StickerOf(found.message_id)]
        last = recent_messages(db, chat.id, 1)[-1].id
        record_decision(db, chat.id, last, "answered", reply)
    assert sent == [False, False, False, True] * 3


@given(st.data())
def test_never_above_the_share_however_it_goes(data: st.DataObject) -> None:
    """Even where every present exchange is like one with a sticker, or seldom any."""
    answered = data.draw(st.integers(0, 60))
    stickers = data.draw(st.integers(0, answered))
    wants = data.draw(st.lists(st.booleans(), max_size=120))
    lately: deque[bool] = deque(maxlen=REPLIES)
    for want in wants:
        before = list(lately)[-(REPLIES - 1) :]
        lately.append(want and may_send(stickers, answered, sum(before), len(before)))
        assert sum(lately) * answered <= stickers * len(lately) or not lately[-1]
        assert sum(lately) <= stickers * REPLIES / max(answered, 1)


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_was_said_it_is_one_of_the_owners_to_that_friend(
    tmp_path: Path, seed: int
) -> None:
    """Chats of random messages: friends' stickers, the twin's, other chats', recalled ones."""
    draw, db = random.Random(seed), open_database(tmp_path / "twin.db")
    config = with_stickers(tmp_path)
    chats = [upsert_chat(db, "fake", name, name, mode="auto") for name in ("ann", "bob")]
    words = ["haha", "good night", "哈哈", "ok"]
    for _ in range(80):
        pause()
        chat = draw.choice(chats)
        for origin in ("peer", *draw.choices(["owner", "owner", "owner", "twin"], k=2)):
            kind = draw.choice(["text", "text", "sticker", "image", "system"])
            text = draw.choice(words) if kind == "text" else ""
            media = gif(tmp_path, f"{draw.randrange(5)}.gif")
            number = log(db, chat.id, origin, text, kind, media=media)  # type: ignore[arg-type]
            if draw.random() < 0.1:
                db.execute("UPDATE messages SET recalled_at = 1 WHERE id = ?", [number])
    for chat in chats * 30:  # so many replies without one leave room for some
        last = recent_messages(db, chat.id, 1)[-1].id
        record_decision(db, chat.id, last, "answered", ["ok"])
    found = 0
    for _ in range(30):
        chat = get_chat(db, draw.choice(chats).id)
        choice = await chosen(config, db, chat, draw.choice(words))
        if choice is not None:
            found += 1
            row = db.execute(
                "SELECT chat_id, origin, kind, recalled_at FROM messages WHERE id = ?",
                [choice.message_id],
            ).fetchone()
            assert row == (chat.id, "owner", "sticker", None)
    db.close()
    assert found

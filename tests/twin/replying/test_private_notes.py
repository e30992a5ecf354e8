"""What the owner wrote about friends and themselves is not told to anybody."""

import time
import tomllib
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import set_note
from storage.messages import NewMessage, Origin, log_message
from storage.people import link_chats
from tests.twin.driver import Bot
from tests.twin.fakes import chat_with
from twin.config.schema import OwnerSettings
from twin.replying.guard import held_back
from twin.replying.private_notes import LEAST_OF_NOTE, LEAST_OF_PERSONA, tells_private, told_words

NOTES = tomllib.loads(Path(__file__).with_name("note_cases.toml").read_text("utf-8"))["note"]
PERSONAS = ("You are", "Answer as", "Reply to", "你是", "回复")
SECRET = "Owes me 3000 since the divorce, drinks too much."
TELLS = "you owe me 3000 since your divorce"


def tells(note: str, reply: str) -> bool:
    least = LEAST_OF_PERSONA if note.startswith(PERSONAS) else LEAST_OF_NOTE
    return told_words(reply, note, least) is not None


def share(kind: str) -> float:
    told = [tells(note["text"], reply) for note in NOTES for reply in note[kind]]
    return sum(told) / len(told)


def test_what_is_told_word_for_word_is_found_and_most_of_what_is_reworded() -> None:
    assert share("verbatim") >= 0.93
    assert share("reworded") >= 0.8


def test_ordinary_replies_tell_nothing() -> None:
    assert share("fine") == 0
    everything = [reply for note in NOTES for reply in note["fine"]]
    assert not [text for note in NOTES for text in everything if tells(note["text"], text)]


def test_the_persona_that_comes_with_the_bot_is_not_recited() -> None:
    persona = OwnerSettings().persona
    assert told_words("You are Sam. Reply to your friend as Sam would.", persona, LEAST_OF_PERSONA)
    assert not told_words("i'll reply later, my friend", persona, LEAST_OF_PERSONA)


@pytest.fixture
def notes(db: Database) -> dict[str, int]:
    """Chats by name; there is a note about Ben."""
    chats = {name: chat_with(db, name).id for name in ("ann", "ben", "cleo")}
    set_note(db, chats["ben"], SECRET)
    return chats


def test_a_note_is_told_neither_to_the_friend_nor_to_others(
    db: Database, notes: dict[str, int]
) -> None:
    assert tells_private(db, "", TELLS, notes["ben"])
    assert tells_private(db, "", TELLS, notes["ann"])
    assert tells_private(db, "", TELLS, None)
    assert not tells_private(db, "", "see you at the divorce party", notes["ben"])


def test_a_note_that_fits_several_friends_is_no_secret_of_one(
    db: Database, notes: dict[str, int]
) -> None:
    set_note(db, notes["cleo"], "plays volleyball in Leeds")
    assert tells_private(db, "", "volleyball in leeds?", notes["ann"])
    set_note(db, notes["ben"], "volleyball, lives near Leeds")
    assert not tells_private(db, "", "volleyball in leeds?", notes["ann"])


def test_a_friend_on_two_platforms_is_one_friend(db: Database, notes: dict[str, int]) -> None:
    link_chats(db, notes["ben"], notes["cleo"])
    for to in ("ann", "ben", "cleo"):
        assert tells_private(db, "", TELLS, notes[to])
    # What the owner says to them twice is still said to one friend.
    for number, to in enumerate(("ben", "cleo")):
        log_message(db, NewMessage(notes[to], "owner", "you owe me 3000", number))
        log_message(db, NewMessage(notes[to], "owner", "since your divorce", number + 9))
    assert tells_private(db, "", TELLS, notes["ann"])


@pytest.mark.parametrize(
    ("chats", "origin", "is_secret"),
    [
        (["ben"], "peer", False),
        (["ben"], "owner", False),
        (["ben"], "twin", True),
        (["ann"], "owner", True),
        (["ann", "cleo"], "owner", False),
        (["ann", "cleo"], "peer", True),
    ],
)
def test_what_was_said_here_or_to_several_friends_is_no_secret(
    db: Database, notes: dict[str, int], chats: list[str], origin: Origin, is_secret: bool
) -> None:
    for name in chats:
        log_message(db, NewMessage(notes[name], origin, "the divorce, and 3000 that you owe", 1))
    assert tells_private(db, "", TELLS, notes["ben"]) is is_secret


async def test_the_guard_holds_such_a_reply_back(bot: Bot) -> None:
    set_note(bot.db, bot.chat.id, SECRET)
    for reply in (TELLS, "you\u200b owe m\u0435 3000 since your d i v o r c e"):
        assert await held_back(bot.config, bot.db, reply, bot.chat.id) == "your persona or a note"
    persona = "You are {name}, you take sertraline since the burnout in 2023."
    config = bot.config.model_copy(update={"owner": OwnerSettings(persona=persona)})
    assert await held_back(config, bot.db, "I take sertraline since my burnout in 2023", None)
    assert await held_back(config, bot.db, "so tired today", None) is None


@pytest.mark.parametrize("unit", ["a ", "divorce ", "我", "离婚", "{x} "])
def test_time_grows_with_the_length_alone(unit: str) -> None:
    began = time.process_time()
    told_words(unit * (4_000 // len(unit)), unit * (20_000 // len(unit)), 10**6)
    assert time.process_time() - began < 20

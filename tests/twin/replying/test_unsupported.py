"""Replies that state what nothing supports, and what the owner would say instead."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.database import open_database
from storage.messages import NewMessage, Origin, log_message
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeTime, chat_with
from twin.memory import conversation
from twin.memory.block import NO_MEMORY, MemoryBlock
from twin.memory.line import Line
from twin.prompting.chat_template import Turn
from twin.replying.not_knowing import DEFAULTS, own_phrases
from twin.replying.unsupported import is_unsupported

BOSS, LIVES = "my boss is called Marge", "我住在杭州西湖边"


def prompt(memory: MemoryBlock, question: str) -> list[Turn]:
    return [
        {"role": "system", "content": f"You are Sam, a nurse.\n\n{memory.text}"},
        {"role": "user", "content": "hey, party at Luigi's on friday!"},
        {"role": "assistant", "content": "nice"},
        {"role": "user", "content": question},
    ]


def shown(text: str, question: str) -> MemoryBlock:
    line = Line(text, (1,), 0, "passage", "owner")
    list_ = f"Today is Monday 30 November 2026.\nFacts about you:\n- {text} (12 March 2026)"
    return MemoryBlock(list_, (line,), question)


# question, reply, what memory found for it
SUPPORTED = (
    ("who is your boss?", "its marge", BOSS),
    ("who is your boss?", "Marge lol why", BOSS),
    ("do you have a boss?", "yeah", BOSS),
    ("你住在哪", "杭州啊", LIVES),
    ("what's your name?", "Sam", ""),
    ("who is your boss?", "my boss is called marge, she runs the whole place and yells", BOSS),
    ("when did you start working there?", "in march", BOSS),
    ("what time is your train?", "at 7", "my train leaves at 19:00"),
    ("how many kids do you have?", "2", "we have two kids"),
    ("where is the party?", "at luigis i think", "no idea about Luigis"),
    ("where is the party on friday?", "Luigi's", ""),  # stands in the conversation
    ("what do you do for work?", "i'm a nurse", ""),  # and in the persona
)
MADE_UP = (
    ("who is your boss?", "kevin", ""),
    ("who is your boss?", "kevin", BOSS),
    ("whos your boss", "my boss is kevin from sales", BOSS),
    ("whos your boss", "I'm Sam.", ""),
    ("when is your birthday?", "Today is Monday 30 November 2026.", BOSS),
    ("did you pay the rent?", "yeah", ""),
    ("have you been to japan", "no i haven't", ""),
    ("did you tell mom?", "yes i told her", ""),
    ("when is your birthday?", "june 3", ""),
    ("how many siblings do you have?", "3", "i have two siblings"),
    ("how much was it?", "like 40 bucks", ""),
    ("how much was it?", "12", BOSS),  # the day on which that was said
    ("where do you live", "not sure, maybe boston", ""),
    ("你住在哪", "上海", LIVES),
    ("你结婚了吗", "结了", ""),
    ("你去过日本吗", "去过", ""),
    ("你妹妹叫什么名字", "小红", ""),
    ("面试是几点", "三点", ""),
)
HARMLESS = (
    ("who is your boss?", "no idea", ""),
    ("who is your boss?", "idk lol", ""),
    ("did you pay the rent?", "can't remember tbh", ""),
    ("who is your boss?", "why do you ask?", ""),
    ("did you pay the rent?", "haha", ""),
    ("你住在哪", "不太清楚", ""),
    ("你结婚了吗", "怎么突然问这个？", ""),
    # no question of fact
    ("what are you doing?", "cooking pasta", ""),
    ("how are you?", "great, just back from Leeds", ""),
    ("在干嘛呢", "在做饭", ""),
    ("tell me a joke", "kevin walks into a bar", ""),
)


@pytest.mark.parametrize(("question", "reply", "found"), SUPPORTED + HARMLESS)
def test_what_may_be_said(question: str, reply: str, found: str) -> None:
    memory = shown(found, question) if found else NO_MEMORY
    assert not is_unsupported(question, reply, prompt(memory, question), memory, "Sam")


@pytest.mark.parametrize(("question", "reply", "found"), MADE_UP)
def test_what_is_made_up(question: str, reply: str, found: str) -> None:
    memory = shown(found, question) if found else NO_MEMORY
    assert is_unsupported(question, reply, prompt(memory, question), memory, "Sam")


def test_all_of_a_long_conversation_is_known() -> None:
    question = "where is the party?"
    long = " ".join(f"word{number}" for number in range(500))
    turns = prompt(NO_MEMORY, question)
    turns[1]["content"] = f"{long} at Luigi's"
    assert not is_unsupported(question, "Luigi's", turns, NO_MEMORY)


def test_a_number_of_thousands_of_digits_is_a_word() -> None:
    question, number = "who is your boss?", "7" * 5000
    turns = prompt(NO_MEMORY, question)
    assert is_unsupported(question, number, turns, NO_MEMORY)
    assert is_unsupported(f"{number}\n{question}", "kevin", turns, NO_MEMORY)
    turns[1]["content"] = number
    assert not is_unsupported(question, number, turns, NO_MEMORY)


def test_what_was_found_for_earlier_words_supports_no_yes() -> None:
    question = "did you pay the rent?"
    plan = MemoryBlock("", (Line("dinner", (1,), 0, "plan", "owner"),), question)
    for memory in (shown(BOSS, "hi"), plan):
        assert is_unsupported(question, "yes", prompt(memory, question), memory)


def say(db: Database, text: str, number: int, origin: Origin = "owner") -> None:
    log_message(db, NewMessage(1, origin, text, number, external_id=str(number)))


def test_the_owners_own_phrases(tmp_path: Path) -> None:
    db = open_database(tmp_path / "twin.db")
    chat_with(db, "ann")
    said = (
        "idk lol",
        "idk lol",
        "idk lol",
        "Not sure tbh",
        "Not sure tbh",
        "no idea",
        "不知道诶",
        "不知道诶",
    )
    # once only, with more than the phrase in it, or a friend's
    others = ("idk where Anna's key is", "idk where Anna's key is", "dunno")
    for number, text in enumerate((*said, *others)):
        say(db, text, number)
    for number in (50, 51):
        say(db, "no clue", number, "peer")
    assert own_phrases(db, "en") == {"idk lol": 3, "Not sure tbh": 2}
    assert own_phrases(db, "zh") == {"不知道诶": 2}


async def asked(bot: Bot, time: FakeTime, text: str) -> str:
    await bot.receive(text)
    await time.advance(60)
    return bot.log()[-1][1]


@pytest.fixture
def nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "look_up", lambda *_, **__: [])


@pytest.mark.usefixtures("nothing_found")
async def test_it_says_that_it_does_not_know(make_bot: MakeBot, time: FakeTime) -> None:
    bot = make_bot(memory={"enabled": True}, reply={"disclose": "never"})
    bot.engine.enqueue(*["Kevin"] * 5)
    assert await asked(bot, time, "who is your boss?") in DEFAULTS["en"]
    assert await asked(bot, time, "你老板叫什么名字？") in DEFAULTS["zh"]
    for number in range(2):
        await bot.receive("Dunno man", id=f"own {number}", from_owner=True)
    await time.advance(3 * 3600)
    assert await asked(bot, time, "who is your boss?") == "Dunno man"
    assert await asked(bot, time, "what are you doing?") == "Kevin"
    assert bot.reasons()[-1] == "answered"
    assert "does not know" in bot.reasons()[0]


@pytest.mark.usefixtures("nothing_found")
async def test_it_leaves_a_draft(make_bot: MakeBot, time: FakeTime) -> None:
    bot = make_bot(memory={"enabled": True, "unsupported": "draft"}, reply={"disclose": "never"})
    bot.engine.enqueue(*["Kevin"] * 5)
    await asked(bot, time, "who is your boss?")
    assert bot.states() == ["draft"]
    assert bot.reasons() == ["nothing it remembers answers the question"]


@pytest.mark.parametrize("memory", [{"enabled": False}, {"enabled": True, "unsupported": "off"}])
@pytest.mark.usefixtures("nothing_found")
async def test_off_it_says_what_the_model_says(
    memory: dict[str, object], make_bot: MakeBot, time: FakeTime
) -> None:
    bot = make_bot(memory=memory, reply={"disclose": "never"})
    bot.engine.enqueue(*["Kevin"] * 5)
    assert await asked(bot, time, "who is your boss?") == "Kevin"
    assert bot.reasons() == ["answered"]

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import Chat, upsert_chat
from storage.messages import Message, NewMessage, log_message, recent_messages
from tests.registry import enter_adapter
from tests.tiny import model_config, tiny_model
from twin.config.schema import Config, MemorySettings
from twin.engine.model import load_format
from twin.memory import conversation
from twin.memory.block import MemoryBlock
from twin.memory.conversation import block_of, memory_of, shows_memory
from twin.memory.line import Line
from twin.prompting.chat_prompt import chat_prompt
from twin.prompting.fitting import fit_turns

HOUR = 3_600_000
AT = 1_700_000_000_000
LookUps = list[tuple[int | None, str, int]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("base"))


@pytest.fixture
def config(tmp_path: Path, base: Path) -> Config:
    memory = MemorySettings(enabled=True)
    return model_config(tmp_path, base).model_copy(update={"memory": memory})


@pytest.fixture
def chat(db: Database) -> Chat:
    return upsert_chat(db, "test", "ann", "Ann")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> LookUps:
    """What is looked up; "horse" and "boss" are found, and a plan always is."""
    asked: LookUps = []

    def look_up(
        db: Database,
        config: Config,
        chat_id: int | None,
        question: str,
        *,
        before: int,
    ) -> list[Line]:
        asked.append((chat_id, question, before))
        known = {"horse": "Biscuit is my horse", "boss": "my boss is called Marge"}
        plan = Line("dinner on Friday", (3,), AT, "plan", "owner")
        found = [text for word, text in known.items() if word in question]
        return [*(Line(text, (1,), AT, "passage", "owner") for text in found), plan]

    monkeypatch.setattr(conversation, "look_up", look_up)
    return asked


def say(db: Database, chat: Chat, *texts: str, at: int) -> None:
    """In turns, the friend first, a minute apart."""
    for number, text in enumerate(texts):
        origin = "owner" if number % 2 else "peer"
        log_message(db, NewMessage(chat.id, origin, text, at + number * 60_000))  # type: ignore[arg-type]


def remembered(db: Database, config: Config, chat: Chat) -> MemoryBlock:
    return memory_of(db, config, chat, recent_messages(db, chat.id, 200))


def test_the_first_words_of_the_conversation_are_looked_up_before_it(
    db: Database, config: Config, chat: Chat, asked: LookUps
) -> None:
    say(db, chat, "long ago", "yes", at=AT - 9 * HOUR)
    say(db, chat, "your horse", "well?", "is fine", "good", "how nice", at=AT)
    shown = remembered(db, config, chat)
    assert asked == [(chat.id, "your horse", AT)]
    assert "Facts about you:\n- Biscuit is my horse" in shown.text
    assert shown.messages == (1, 3)


def test_a_later_question_that_finds_more_stays_for_the_rest(
    db: Database, config: Config, chat: Chat, asked: LookUps
) -> None:
    say(db, chat, "your horse?", "well", "and where is your car?", "sold", "oh", at=AT)
    assert "Biscuit" in remembered(db, config, chat).text  # the car was not found
    assert [question for _, question, _ in asked] == ["and where is your car?", "your horse?"]
    remembered(db, config, chat)
    assert [question for _, question, _ in asked][2:] == ["your horse?"]  # it is known by now
    say(db, chat, "who is your boss?", "marge", "a nice one", at=AT + 10 * 60_000)
    shown = remembered(db, config, chat).text
    assert "Marge" in shown
    assert "Biscuit" not in shown
    say(db, chat, "who is your sister?", at=AT + 20 * 60_000)
    assert remembered(db, config, chat).text == shown


@pytest.mark.parametrize(
    ("question", "name", "begins"),
    [
        ("ok", "小红", "今天"),
        ("在吗 hi", "Ann", "今天"),
        ("ok", "Ann", "Today"),
        ("😀", "Ann", "Today"),
    ],
)
def test_the_list_is_in_the_language_of_the_conversation(
    config: Config, question: str, name: str, begins: str
) -> None:
    assert block_of(config, [], question, friend=name, now=AT).text.startswith(begins)


def test_a_conversation_is_followed_to_its_beginning_however_long(
    db: Database, config: Config, chat: Chat, asked: LookUps
) -> None:
    say(db, chat, "your horse", *("word" for _ in range(500)), at=AT)
    assert "Biscuit" in remembered(db, config, chat).text
    assert asked == [(chat.id, "your horse", AT)]


def test_a_trial_looks_before_what_it_is_shown_and_not_at_the_log(
    db: Database, config: Config, chat: Chat, asked: LookUps
) -> None:
    say(db, chat, "your horse", "yes", at=AT)
    typed = Message(0, 0, "peer", "text", "who is your boss?", AT + 60_000, None)
    memory_of(db, config, chat, [typed], replayed=0)
    assert asked == [(chat.id, "who is your boss?", AT + 60_000)]
    asked.clear()
    moved = [
        Message(n, chat.id, "peer", "text", text, AT + 5 * HOUR, None)
        for n, text in enumerate(["your horse", "well?"])
    ]
    memory_of(db, config, chat, moved, replayed=5 * HOUR)
    assert asked == [(chat.id, "your horse\nwell?", AT)]


def test_who_learnt_without_is_shown_none(db: Database, config: Config) -> None:
    without = enter_adapter(db, "a", rules="sessions")
    knowing = enter_adapter(db, "b", rules="sessions", memory=True)
    classic = enter_adapter(db, "c", rules="classic", memory=True)
    off = config.model_copy(update={"memory": MemorySettings(enabled=False)})
    assert shows_memory(config, None)
    assert shows_memory(config, knowing)
    assert not any(shows_memory(config, one) for one in (without, classic))
    assert not any(shows_memory(off, one) for one in (None, without, knowing))


def test_every_prompt_of_a_conversation_begins_with_the_one_before(
    db: Database, config: Config, chat: Chat, asked: LookUps
) -> None:
    fmt, prompts = load_format(config), []
    before_midnight = round(datetime(2026, 3, 12, 23, 58).astimezone().timestamp() * 1000)
    turns = ["your horse", "good", "and you", "fine", "what do you mean?", "nothing", "ok"]
    for answered in range(1, len(turns) + 1, 2):
        db.execute("DELETE FROM messages")
        say(db, chat, *turns[:answered], at=before_midnight)
        log = recent_messages(db, chat.id, 200)
        memory = memory_of(db, config, chat, log).text
        turns_shown = chat_prompt(config, chat, log[:-1], log[-1], log[-1].text, None, memory)
        assert "Biscuit" in turns_shown[0]["content"]
        prompts.append(fmt.render(fit_turns(turns_shown, fmt, config.reply.context_tokens)))
    for before, after in pairwise(prompts):
        assert after[: len(before)] == before

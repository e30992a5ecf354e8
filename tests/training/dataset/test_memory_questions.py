from collections.abc import Sequence
from itertools import product
from random import Random

import pytest
import regex
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from training.dataset.build import build
from training.dataset.memory_questions import question_samples
from training.dataset.question_kinds import LANGUAGES, FactLanguage, fact_kinds
from training.dataset.samples import Sample
from training.dataset.voice import Habits
from twin.config.schema import Config

HOUR = 3_600_000
ENGLISH = [
    "i think that the weather is fine",
    "you know that my car is broken.\nwe should take the bus",
    "what do you think about it?",
    "idk",
    "don't worry about the money",
]
CHINESE = [
    "今天天气真的不错啊，出去走走",
    "我觉得这个电影挺好看的",
    "你吃饭了吗，我还没吃呢",
    "这个周末有空吗，一起吃饭",
]


def remembering(config: Config, **settings: object) -> Config:
    memory = config.memory.model_copy(update={"enabled": True, **settings})
    return config.model_copy(update={"memory": memory})


def answers(texts: Sequence[str], chat: int = 1, count: int = 200) -> list[Sample]:
    """One an hour, each a conversation of its own."""
    return [
        Sample(
            instruction="You are Sam.",
            input=f"hello {at}",
            output=texts[at % len(texts)],
            chat_id=chat,
            conversation=at,
            position=at,
            answered_at=at * HOUR,
        )
        for at in range(count)
    ]


def is_chinese(sample: Sample) -> bool:
    return regex.search(r"\p{Han}", sample.input) is not None


def shown(sample: Sample) -> str:
    return sample.memory


def test_they_are_the_wanted_share_of_all_samples(config: Config) -> None:
    taught = answers(ENGLISH)
    made = question_samples(taught, remembering(config, question_share=0.2))
    assert len(made) == pytest.approx(50, abs=1)
    assert made == question_samples(taught, remembering(config, question_share=0.2))
    assert question_samples(taught, remembering(config, question_share=0.0)) == []
    assert question_samples(taught, config) == []


def test_each_is_a_conversation_of_its_own(config: Config) -> None:
    taught = answers(ENGLISH)
    made = question_samples(taught, remembering(config))
    places = {(sample.chat_id, sample.conversation) for sample in made}
    assert len(places) == len(made)
    assert places.isdisjoint((sample.chat_id, sample.conversation) for sample in taught)


def test_most_are_answered_from_what_is_shown(config: Config) -> None:
    """The rest asks for what is not there."""
    made = question_samples(answers(ENGLISH), remembering(config, question_share=0.5))
    unknown = fact_kinds("en").unknown
    said = [sample.output.splitlines()[0] for sample in made]
    not_known = sum(unknown.match(text) is not None for text in said)
    assert not_known == len(made) // 20
    assert all("Facts about you:" in shown(sample) for sample in made)


def test_languages_are_in_proportion_to_the_owners(config: Config) -> None:
    taught = [*answers(ENGLISH[:3], 1, 150), *answers(CHINESE, 2, 50)]
    made = question_samples(taught, remembering(config, question_share=0.5))
    assert sum(map(is_chinese, made)) / len(made) == pytest.approx(0.25, abs=0.03)
    assert {sample.chat_id for sample in made if is_chinese(sample)} == {2}


def test_an_owner_who_writes_neither_language_gets_none(config: Config) -> None:
    russian = answers(["я думаю, что погода хорошая", "ты знаешь, что машина сломалась"])
    spanish = answers(["creo que hace buen tiempo hoy", "no sabes que se rompió el coche"])
    assert question_samples([*russian, *spanish], remembering(config)) == []
    some = [*answers(ENGLISH[:3], 1, 50), *answers(russian[0].output.split("\n"), 2, 150)]
    made = question_samples(some, remembering(config, question_share=0.5))
    assert len(made) == pytest.approx(50, abs=10)


def test_nothing_of_one_chat_stands_in_anothers(config: Config) -> None:
    taught = [
        *answers(["you know.\nthat zebras are the best", "i live in Zurich with my zebra"], 1, 100),
        *answers(
            ["you know.\nthat otters are the best", "i live in Otranto with my otter"], 2, 100
        ),
    ]
    made = question_samples(taught, remembering(config, question_share=0.5))
    of = {chat: repr([each for each in made if each.chat_id == chat]) for chat in (1, 2)}
    assert "Zurich" in of[1]
    assert "Otranto" in of[2]
    assert not regex.search(r"(?i)otter|otranto", of[1])
    assert not regex.search(r"(?i)zebra|zurich", of[2])


def test_only_what_lies_before_is_shown(config: Config) -> None:
    taught = answers([f"you know that my number is {at}!" for at in range(100)], 1, 100)
    for sample in question_samples(taught, remembering(config, question_share=0.5)):
        asked = sample.answered_at // HOUR
        seen = [int(number) for number in regex.findall(r"my number is (\d+)", shown(sample))]
        assert all(number < asked for number in seen)


def test_the_owners_own_facts_come_first_and_are_answered_as_they_wrote(config: Config) -> None:
    line = "i grew up in Winterthur, believe it or not"
    taught = answers(ENGLISH)
    taught[3] = answers([f"haha\n{line}"], count=4)[3]
    own = [
        sample for sample in question_samples(taught, remembering(config)) if line in sample.output
    ]
    assert len(own) == 1
    assert own[0].output == f"haha\n{line}"
    assert line in shown(own[0])
    assert own[0].input.lower().rstrip("?") in {
        "where did you grow up",
        "where are you from",
        "where were you born",
    }
    assert own[0].answered_at > taught[3].answered_at


def test_they_say_in_the_owners_words_that_they_do_not_know(config: Config) -> None:
    own = ["no clue haha", "idk tbh", "i really have no idea", "uh not sure"]
    made = question_samples(answers([*ENGLISH[:3], *own]), remembering(config, question_share=0.5))
    not_known = [
        each for each in made if fact_kinds("en").unknown.match(each.output.split("\n")[0])
    ]
    assert not_known
    assert all(each.output.startswith(tuple(own)) for each in not_known)


def test_made_up_words_are_written_as_the_owner_writes() -> None:
    casual, neat = Habits.of(["hey there", "so what"]), Habits.of(["Hey there.", "So what!"])
    assert casual.write("i live in Oslo", Random(0), ".") == "i live in oslo"
    assert neat.write("i live in Oslo", Random(0), ".") == "I live in Oslo."
    assert neat.write("where do i live?", Random(0), ".") == "Where do I live?"
    assert casual.write("where do i live?", Random(0), ".") == "where do i live"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_fact_is_told_by_its_own_lines(language: FactLanguage) -> None:
    kinds = fact_kinds(language)
    assert len(kinds.kinds) >= 30
    rng = Random(0)
    for kind in kinds.kinds:
        for line, value in product(kind.lines, kind.values):
            assert kind.told.search(regex.sub(r"\{\w+\}", value, line)), (line, value)
        assert "{" not in repr([kind.made_up(rng) for _ in range(20)])
        assert len(kind.values) >= 5
        assert len(kind.questions) >= 3
    assert all(kinds.unknown.fullmatch(plain) for plain in kinds.plain_unknown[:3])


def test_what_only_looks_like_a_fact_is_none() -> None:
    told_in = fact_kinds("en").told_in
    assert told_in("i live in fear of spiders") is None
    assert told_in("my dog is called in for dinner") is None
    assert told_in("I live in Ulaanbaatar now") is not None
    assert fact_kinds("zh").told_in("我老家在乌鲁木齐") is not None
    assert fact_kinds("zh").told_in("你老家在哪里呀") is None


def told_in_chats(db: Database, *lines: str) -> list[int]:
    """A chat for each line, of 40 exchanges; the line is said in the third."""
    chats = []
    for name, line in enumerate(lines):
        chat = upsert_chat(db, "test", f"friend {name}", f"friend {name}").id
        for number in range(40):
            said = line if number == 2 else f"{ENGLISH[number % 3]} {number}"
            log_message(db, NewMessage(chat, "peer", f"hello {number}", number * 9 * HOUR))
            log_message(db, NewMessage(chat, "owner", said, number * 9 * HOUR + 1000))
        chats.append(chat)
    return chats


@pytest.mark.slow
def test_what_is_masked_excluded_or_forgotten_is_in_none(db: Database, config: Config) -> None:
    lines = (
        "i live in Oslo, call me at 13800138000",
        "i live in Bergen and my password is none of your business",
        "i live in Tromso near the harbor",
    )
    _, _, forgotten = told_in_chats(db, *lines)
    everything = remembering(config, question_share=0.5, embeddings="")
    privacy = config.privacy.model_copy(update={"blocked_words": ["Bergen"]})
    forget_chat(db, forgotten)
    asked = repr(
        [
            (each.memory, each.output, each.history)
            for each in build(db, everything.model_copy(update={"privacy": privacy})).questions
        ]
    )
    assert "i live in Oslo, call me at [PHONE_1]" in asked
    assert not regex.search("13800138000|Bergen and|Tromso", asked)


def test_they_are_counted_by_themselves_and_change_the_hash(db: Database, config: Config) -> None:
    told_in_chats(db, "i live in Oslo")
    without, with_memory = build(db, config), build(db, remembering(config))
    assert "memory_questions" not in without.report
    assert with_memory.report["memory_questions"] == len(with_memory.questions) > 0
    assert without.report.items() <= with_memory.report.items()
    assert list(without.questions) == []
    assert with_memory.hash != without.hash
    held_out = {sample.output for sample in with_memory.held_out}
    assert not any(text in repr(with_memory.questions) for text in held_out)

"""Looking through the samples a page at a time."""

from pathlib import Path

import pytest

from storage.chat_deletion import forget_chat
from storage.chats import Chat, upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, Origin, log_message
from storage.preferences import exclude_answer, excluded_answers, include_answer
from training.dataset.browser import PAGE, SampleBrowser
from training.dataset.build import build
from training.dataset.chat_samples import BY_OWNER
from twin.config.load import load_config
from twin.interfaces import ListedSample

MINUTE, HOUR = 60_000, 3_600_000
START = 1_700_000_000_000


class Log:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "config.toml"
        self.path.write_text("[quality]\nmax_alike = 0\n")
        self.config = load_config(self.path)
        self.db = open_database(self.config.database)
        self.browser = SampleBrowser(self.path)

    def chat(self, name: str, answers: int) -> Chat:
        """A question and an answer in each hour."""
        chat = upsert_chat(self.db, "web", name, name)
        for n in range(answers):
            self.say(chat, "peer", f"question {n} of {name}", START + n * 2 * HOUR)
            self.say(chat, "owner", f"answer {n} to {name}", START + n * 2 * HOUR + MINUTE)
        return chat

    def say(self, chat: Chat, origin: Origin, text: str, at: int) -> None:
        log_message(self.db, NewMessage(chat.id, origin, text, at))


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


@pytest.mark.parametrize("answers", [0, 1, PAGE, PAGE + 1, 150, 333])
def test_paging_shows_every_answer_once_as_it_is_learnt(log: Log, answers: int) -> None:
    chat = log.chat("Ann", answers)
    log.chat("Ben", 3)
    seen: list[ListedSample] = []
    before = None
    while True:
        page = log.browser.of_chat(chat.id, before)
        seen += page.samples
        before = page.following
        if before is None:
            break
    built = build(log.db, log.config)
    samples = [sample for sample in [*built.train, *built.held_out] if sample.chat_id == chat.id]
    assert [(s.answered_at, s.input, s.output) for s in reversed(seen)] == [
        (sample.answered_at, sample.input, sample.output) for sample in samples
    ]


def test_a_search_finds_the_answer_by_either_side_in_any_chat(log: Log) -> None:
    log.chat("Ann", 60)
    ben = log.chat("Ben", 60)
    log.say(ben, "peer", "我们明天去爬山吧", START - HOUR)
    log.say(ben, "owner", "好主意", START - HOUR + 1)
    (sample,) = log.browser.found("question 17 Ben").samples
    assert (sample.chat, sample.output) == ("Ben", "answer 17 to Ben")
    assert log.browser.found("爬山").samples[0].output == "好主意"
    first = log.browser.found("answer")
    assert len(first.samples) == PAGE
    assert first.following == 1
    assert len(log.browser.found("answer", 5).samples) == PAGE
    assert log.browser.found('nowhere " OR').samples == ()


def test_an_excluded_answer_is_context_and_no_sample(log: Log) -> None:
    chat = log.chat("Ann", 30)
    before = build(log.db, log.config)
    out = START + 4 * 2 * HOUR + MINUTE
    exclude_answer(log.db, chat.id, out)
    exclude_answer(log.db, chat.id, out)
    built = build(log.db, log.config)
    assert built.report["answers"] == before.report["answers"] - 1
    assert built.report["dropped"][BY_OWNER] == 2
    assert built.report["messages"] == before.report["messages"]
    assert built.hash != before.hash
    assert all(sample.answered_at != out for sample in [*built.train, *built.held_out])
    shown = {s.answered_at: s for s in log.browser.of_chat(chat.id, out + 1 + MINUTE).samples}
    assert shown[out].by_owner
    include_answer(log.db, chat.id, out)
    assert build(log.db, log.config).hash == before.hash


def test_classic_rules_honour_it_too(log: Log) -> None:
    chat = log.chat("Ann", 5)
    exclude_answer(log.db, chat.id, START + MINUTE)
    built = build(log.db, log.config.with_rules("classic"))
    assert built.report["answers"] == 4


def test_what_the_settings_leave_out_is_told(log: Log) -> None:
    chat = log.chat("Ann", 3)
    log.say(chat, "peer", "call 13800138000 please", START + 100 * HOUR)
    log.say(chat, "owner", "ok", START + 100 * HOUR + 1)
    assert log.browser.of_chat(chat.id).samples[0].input == "call [PHONE_1] please"
    log.path.write_text(f'[privacy]\nexcluded_chats = ["{chat.id}"]\n')
    assert log.browser.of_chat(chat.id).samples[0].chat_out == "excluded by [privacy]"


def test_a_forgotten_chat_leaves_no_exclusion(log: Log) -> None:
    chat = log.chat("Ann", 2)
    exclude_answer(log.db, chat.id, START + MINUTE)
    forget_chat(log.db, chat.id)
    assert excluded_answers(log.db) == frozenset()

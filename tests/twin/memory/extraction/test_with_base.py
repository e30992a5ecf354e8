"""The base is asked for facts where it shows that it can, and its answers are checked."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chats import Chat, upsert_chat
from storage.errors import TwinError
from storage.facts import list_facts
from storage.messages import NewMessage, log_message
from tests.twin.fakes import FakeEngine
from tests.twin.memory.test_facts import with_settings
from twin.config.schema import Config
from twin.engine.base import Limits, Reply
from twin.memory.extraction import with_base
from twin.memory.extraction.asking import PROBE, grounded
from twin.memory.extraction.propose import Proposed
from twin.memory.extraction.with_base import propose_with_base
from twin.prompting.chat_template import Turn

LEEDS = "so the Leeds flat is finally ours"


class Extracts(FakeEngine):
    """Answers the probe rightly, and a few messages."""

    def __init__(self, **answers: str) -> None:
        super().__init__()
        self.answers = {
            question.message: f"{question.kind}: {question.words}" if question.kind else "none"
            for question in PROBE
        } | {LEEDS: "home: the Leeds flat is finally ours\nwork: at the bank"}
        self.messages: list[str] = []
        self.unloaded = 0

    async def reply_as(
        self, name: str | None, path: Path | None, turns: Sequence[Turn], limits: Limits
    ) -> Reply:
        assert name is None
        message = turns[-1]["content"].partition("Message: ")[2]
        self.messages.append(message)
        return Reply(self.answers.get(message, "none"), 5, True, 0.1)

    def unload_other(self) -> None:
        self.unloaded += 1


@pytest.fixture
def config(config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr(with_base, "local_base", lambda _: None)  # a base of unknown size
    return with_settings(config, "memory", enabled=True)


@pytest.fixture
def ann(db: Database) -> Chat:
    return upsert_chat(db, "web", "ann", "Ann")


def say(db: Database, of: Chat, *texts: str) -> None:
    for text in texts:
        log_message(db, NewMessage(of.id, "owner", text, db["messages"].count))


async def test_it_reads_what_the_rules_find_nothing_in(
    db: Database, config: Config, ann: Chat
) -> None:
    engine = Extracts()
    say(db, ann, LEEDS, "I live in Rome", "ok!", "what a day that was")
    assert await propose_with_base(config, engine) == Proposed(4, 1, True)
    [fact] = list_facts(db)[0]
    assert (fact.kind, fact.text, fact.found_by, fact.state) == ("home", LEEDS, "base", "proposed")
    assert engine.messages[len(PROBE) :] == [LEEDS, "what a day that was"]
    assert engine.unloaded == 1
    assert (await propose_with_base(config, engine)).messages == 0


async def test_one_that_is_unable_or_too_small_is_not_asked(
    db: Database,
    config: Config,
    ann: Chat,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say(db, ann, LEEDS)
    engine = Extracts()
    engine.answers = dict.fromkeys(engine.answers, "home: Leeds")
    with caplog.at_level("INFO"):
        await propose_with_base(config, engine)
    assert "5 of 12 known questions rightly" in caplog.text
    asked = len(engine.messages)
    monkeypatch.setattr(with_base, "_too_small", lambda _: "it has 135 million parameters")
    with caplog.at_level("INFO"):
        await propose_with_base(config, engine)
    assert "135 million" in caplog.text
    assert len(engine.messages) == asked == len(PROBE)
    assert list_facts(db) == ([], 0)


async def test_switched_off_or_refused_nothing_is_proposed(
    db: Database, config: Config, ann: Chat
) -> None:
    say(db, ann, LEEDS)
    for off in ({"enabled": False}, {"extract": "rules"}, {"extract": "off"}):
        engine = Extracts()
        await propose_with_base(with_settings(config, "memory", **off), engine)
        assert engine.messages == []

    class Refuses(Extracts):
        async def reply_as(self, *_: object) -> Reply:
            raise TwinError("no memory for it now")

    assert await propose_with_base(config, Refuses()) == Proposed(0, 0, True)


async def test_a_chat_is_begun_at_its_newest_messages(
    db: Database, config: Config, ann: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(with_base, "NEWEST", 2)
    say(db, ann, *(f"what a day number {number}" for number in range(5)))
    assert (await propose_with_base(config, Extracts(), longest_s=0)).messages == 2


@pytest.mark.parametrize(
    ("answer", "message", "kept"),
    [
        ("home: Porto", "the move to Porto ate my week", ["the move to Porto ate my week"]),
        ("- home: porto.", "the move to Porto ate my week", ["the move to Porto ate my week"]),
        ("home: Berlin", "the move to Porto ate my week", []),
        ("house: Porto", "the move to Porto ate my week", []),
        ("none", "the move to Porto ate my week", []),
        ("I think that they moved to Porto", "the move to Porto ate my week", []),
        ("home: Porto", "is it Porto you moved to?", []),
        ("home: Porto", "if we move to Porto i'd be glad", []),
        ("home: Porto", "she said the move to Porto was bad", []),
        ("other: +44 20 7946 0958", "ring +44 20 7946 0958 tonight", []),
        ("food: 海鲜", "海鲜我可碰不得", ["海鲜我可碰不得"]),
        ("home: it", "it was a day", []),
    ],
)
def test_only_what_the_message_itself_says_is_taken(
    answer: str, message: str, kept: list[str]
) -> None:
    assert [one.text for one in grounded(answer, message, 0)] == kept

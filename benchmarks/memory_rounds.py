"""Questions about what an owner once told, and what a twin is shown with each."""

import random
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, log_messages
from training.dataset.build import Built
from twin.clock import zone_of
from twin.config.schema import Config
from twin.memory.block import NO_MEMORY, MemoryBlock, memory_block, token_budget
from twin.memory.index import bring_up_to_date
from twin.memory.line import Line
from twin.memory.lookup import look_up

OTHERS = 300  # exchanges of a chat in which facts were told
TOLD_OF_EACH = 3  # facts of each kind
WAIT_S = 60.0  # while another process indexes
HOUR, DAY = 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Question:
    """A line that the owner wrote, the question about it, and the word of a right answer."""

    told: str
    asked: str
    word: str


def read_questions() -> list[Question]:
    text = Path(__file__).with_name("memory_facts.toml").read_text("utf-8")
    return [Question(*told) for fact in tomllib.loads(text)["facts"] for told in fact["told"]]


def rounds(
    config: Config, built: Built, questions: Sequence[Question]
) -> dict[str, list[MemoryBlock]]:
    """What is shown with each question, by the kind of memory that it is."""
    if not config.memory.enabled:
        return {"no memory": [NO_MEMORY] * len(questions)}
    rng = random.Random(0)
    real = [
        text
        for sample in built.train
        if len(text := " ".join(sample.output.split())) in range(12, 121)
    ]
    now = built.held_out[0].answered_at
    facts = [_line(each.told, now - rng.randrange(DAY, 200 * DAY)) for each in questions]
    others = [[_line(text, now - DAY) for text in rng.sample(real, 3)] for _ in questions]
    shown: dict[str, list[list[Line]]] = {
        "the fact": [[fact] for fact in facts],
        "the fact and two lines": [
            [fact, *lines[:2]] for fact, lines in zip(facts, others, strict=True)
        ],
        "three other lines": others,
        "nothing": [[] for _ in questions],
    }
    drawn = {
        name: [
            _block(config, lines, each, now) for lines, each in zip(of_each, questions, strict=True)
        ]
        for name, of_each in shown.items()
    }
    return drawn | _looked_up(config, real, questions, now, rng)


def _looked_up(
    config: Config,
    real: Sequence[str],
    questions: Sequence[Question],
    now: int,
    rng: random.Random,
) -> dict[str, list[MemoryBlock]]:
    """As the twin looks it up: in a chat in which it was told, and in one in which it was not.

    Nobody has three bosses: each chat holds one fact of a kind.
    """
    found: dict[str, dict[Question, MemoryBlock]] = {
        "looked up": {},
        "looked up where it was not told": {},
    }
    for start in range(TOLD_OF_EACH):
        asked = questions[start::TOLD_OF_EACH]
        told = [_written(each.told) for each in asked]
        for blocks, lines in zip(found.values(), (told, list[str]()), strict=True):
            others = rng.sample(list(real), OTHERS)
            shown = _found_in_chat(config, [*lines, *others], asked, now, rng)
            blocks |= dict(zip(asked, shown, strict=True))
    return {name: [blocks[each] for each in questions] for name, blocks in found.items()}


def _found_in_chat(
    config: Config, lines: list[str], questions: Sequence[Question], now: int, rng: random.Random
) -> list[MemoryBlock]:
    with tempfile.TemporaryDirectory() as folder:
        db = open_database(Path(folder, "twin.db"))
        chat = _chat(db, lines, now, rng)
        bring_up_to_date(db, config, wait_s=WAIT_S)
        found = [look_up(db, config, chat, each.asked, before=now) for each in questions]
        db.close()
    return [_block(config, lines, each, now) for lines, each in zip(found, questions, strict=True)]


def _chat(db: Database, lines: list[str], now: int, rng: random.Random) -> int:
    """A chat in which the owner wrote these lines in a random order, until shortly before `now`."""
    chat = upsert_chat(db, "benchmark", "Ann", "Ann").id
    rng.shuffle(lines)
    for at, line in enumerate(lines):
        sent = now - (len(lines) - at) * 2 * HOUR
        friend = NewMessage(chat, "peer", rng.choice(("hey", "whats new?", "and you?")), sent)
        log_messages(db, [friend, NewMessage(chat, "owner", line, sent + 60_000)])
    return chat


def _written(told: str) -> str:
    return told[:1].upper() + told[1:]


def _line(told: str, said_at: int) -> Line:
    return Line(_written(told), (), said_at, "owner", "owner")


def _block(config: Config, lines: Sequence[Line], question: Question, now: int) -> MemoryBlock:
    zone, budget = zone_of(config.schedule), token_budget(config)
    return memory_block(
        lines, now=now, zone=zone, language="en", question=question.asked, budget=budget
    )

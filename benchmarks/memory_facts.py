"""Ask a twin of what its owner once told: `python -m benchmarks.memory_facts FOLDER`.

Trains two nights of the demo's owner, one with memory and one without, unless the folder holds them
already. Then it asks both of facts of kinds that no night has seen, and compares how they write.
Prints JSON: shares of the answers, style and loss with a 95 % interval, and what the nights took.
"""

import argparse
import json
import random
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import regex
from sqlite_utils import Database

from storage.adapters import list_adapters
from storage.chats import list_chats, upsert_chat
from storage.database import open_database
from storage.importers.import_files import import_paths
from storage.messages import NewMessage, log_messages
from training.dataset.build import Built, build
from training.demo.prepare import SETTINGS
from training.demo.sample_chats import write_sample_exports
from training.evaluation.generation import losses_of
from training.evaluation.promotion_gate import difference
from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options
from twin.clock import zone_of
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.base import LoadedModel
from twin.engine.model import load_torch_model, silence_logs
from twin.engine.runtime import load_model
from twin.memory.block import NO_MEMORY, MemoryBlock, memory_block, token_budget
from twin.memory.index import bring_up_to_date
from twin.memory.line import Line
from twin.memory.lookup import look_up
from twin.prompting.chat_prompt import conversation, persona, with_memory
from twin.replying.unsupported import is_unsupported

PROMPTS = 64  # held-out messages that each night's twin answers
OTHERS = 300  # exchanges of a chat in which facts were told
TOLD_OF_EACH = 3  # facts of each kind
WAIT_S = 60.0  # while another process indexes
HOUR, DAY = 3_600_000, 86_400_000
AT_ONCE = 8
NOT_KNOWN = regex.compile(
    r"\b(?:idk|no (?:idea|clue)|not (?:really |too |quite )?sure|dunno|forgot"
    r"|(?:do not|don[’']?t|can[’']?t|cannot) (?:really )?(?:know|remember))\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A line that the owner wrote, the question about it, and the word of a right answer."""

    told: str
    asked: str
    word: str


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the answers to one round of questions; the three make 1.

    Wrong is whatever neither holds the word nor says that one doesn't know, nonsense too.
    """

    right: float
    not_known: float
    wrong: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered to a question, and whether the bot would not send it: nothing supports it
    (`twin/replying/unsupported.py`)."""

    question: Question
    text: str
    unsupported: bool

    @property
    def is_right(self) -> bool:
        return self.question.word in self.text.lower()


def main(folder: Path) -> None:
    silence_logs()
    nights = {name: _night(folder / name, name == "with") for name in ("with", "without")}
    measured = {name: _measured(folder / name) for name in nights}
    gap = difference(measured["with"].pop("losses"), measured["without"].pop("losses"))
    assert gap is not None
    print(json.dumps({"nights": nights, "facts": measured, "loss": asdict(gap)}, indent=1))


def _night(folder: Path, with_memory: bool) -> dict[str, Any]:
    """Import and train once; what the night took and how its twin writes."""
    path, kept = folder / "config.toml", folder / "night.json"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        text = SETTINGS.replace("prompts = 16", f"prompts = {PROMPTS}")
        path.write_text(f"{text}[memory]\nenabled = {str(with_memory).lower()}\n", "utf-8")
        config = load_config(path)
        db = open_database(config.database)
        if not list_chats(db):
            write_sample_exports(config.data / "exports")
            import_paths(db, [config.data / "exports"], me="我", format=None)
        options = process_options() | {"stdout": subprocess.PIPE}
        ended = subprocess.run(trainer_command(path, "benchmark"), check=True, **options)
        kept.write_bytes(ended.stdout)
    night: dict[str, Any] = json.loads(kept.read_text("utf-8"))
    wanted = ("samples", "tokens", "seconds", "phases", "peak_mb")
    return {key: night[key] for key in wanted} | {"style": night["scores"]["candidate"]}


def _measured(folder: Path) -> dict[str, Any]:
    """The shares of each round, and the losses of the held-out answers."""
    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    newest = max(list_adapters(db), key=lambda adapter: adapter.id)
    path, built = config.path_of(newest.path), build(db, config)
    shares = ask(config, built, load_model(config, path))
    return shares | {"losses": losses_of(load_torch_model(config, path), config, built.held_out)}


def ask(config: Config, built: Built, model: LoadedModel) -> dict[str, Any]:
    """By round: the shares of the twin's own answers, and of what the bot would send of them."""
    questions = read_questions()
    result: dict[str, Any] = {}
    for name, blocks in rounds(config, built, questions).items():
        answers = _answers(model, config, blocks, questions)
        result[name] = {"answered": asdict(_shares(answers, sent=False))}
        result[name]["sent"] = asdict(_shares(answers, sent=True))
    return result


def _shares(answers: Sequence[Answered], *, sent: bool) -> Shares:
    """`sent`: what nothing supports is not sent, but that one doesn't know."""
    held_back = [sent and each.unsupported for each in answers]
    right = [each.is_right and not held for each, held in zip(answers, held_back, strict=True)]
    not_known = [
        not known and (held or NOT_KNOWN.search(each.text) is not None)
        for each, held, known in zip(answers, held_back, right, strict=True)
    ]
    count, known, gave_up = len(answers), sum(right), sum(not_known)
    shares = (known, gave_up, count - known - gave_up)
    return Shares(*(round(share / count, 3) for share in shares))


def read_questions() -> list[Question]:
    text = Path(__file__).with_suffix(".toml").read_text("utf-8")
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


def _answers(
    model: LoadedModel,
    config: Config,
    blocks: Sequence[MemoryBlock],
    questions: Sequence[Question],
) -> list[Answered]:
    """As the bot answers."""
    prompts = [
        conversation(with_memory(persona(config.owner), block.text), [], each.asked)
        for block, each in zip(blocks, questions, strict=True)
    ]
    limits, drawn, texts = config.reply, model.sampling, list[str]()
    for start in range(0, len(prompts), AT_ONCE):
        batch = prompts[start : start + AT_ONCE]
        replies = model.generate(
            batch, limits.max_tokens, drawn.temperature, drawn.top_p, seed=start
        )
        texts += [reply.text for reply in replies]
    return [
        Answered(each, text, is_unsupported(each.asked, text, turns, block, config.owner.name))
        for each, text, turns, block in zip(questions, texts, prompts, blocks, strict=True)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory_facts", description=__doc__)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)

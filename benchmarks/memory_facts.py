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

from storage.adapters import Adapter, list_adapters
from storage.chats import list_chats, upsert_chat
from storage.database import open_database
from storage.importers.import_files import import_paths
from storage.messages import NewMessage, log_messages
from training.dataset.build import Built, build
from training.demo import SETTINGS, write_sample_exports
from training.evaluation.generation import losses_of
from training.evaluation.promotion_gate import difference
from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options
from twin.clock import zone_of
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.model import TorchModel, load_torch_model, silence_logs
from twin.memory.block import memory_block, token_budget
from twin.memory.index import bring_up_to_date
from twin.memory.line import Line
from twin.memory.lookup import look_up
from twin.prompting.chat_prompt import conversation, persona, with_memory

PROMPTS = 64  # held-out messages that each night's twin answers
OTHERS = 300  # exchanges of the chat in which the facts were told
HOUR, DAY = 3_600_000, 86_400_000
AT_ONCE = 16
ANSWER_TOKENS = 64
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
class Answered:
    """Shares of the answers to one round of questions; the three make 1."""

    right: float
    not_known: float
    wrong: float

    @classmethod
    def of(cls, answers: Sequence[str], questions: Sequence[Question]) -> "Answered":
        right = [
            question.word in answer.lower()
            for answer, question in zip(answers, questions, strict=True)
        ]
        gave_up = [
            NOT_KNOWN.search(answer) is not None and not is_right
            for answer, is_right in zip(answers, right, strict=True)
        ]
        count = len(questions)
        shares = sum(right) / count, sum(gave_up) / count
        return cls(*(round(share, 3) for share in (*shares, 1 - sum(shares))))


def main(folder: Path) -> None:
    silence_logs()
    nights = {name: _night(folder / name, name == "with") for name in ("with", "without")}
    result = {name: _measured(folder / name) for name in nights}
    losses = {name: result[name].pop("losses") for name in nights}
    gap = difference(losses["with"], losses["without"])
    assert gap is not None
    print(json.dumps({"nights": nights, "facts": result, "loss": asdict(gap)}, indent=1))


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
        if with_memory:
            bring_up_to_date(db, config)
        options = process_options() | {"stdout": subprocess.PIPE}
        ended = subprocess.run(trainer_command(path, "benchmark"), check=True, **options)
        kept.write_bytes(ended.stdout)
    night: dict[str, Any] = json.loads(kept.read_text("utf-8"))
    wanted = ("samples", "tokens", "seconds", "phases", "peak_mb")
    return {key: night[key] for key in wanted} | {"style": night["scores"]["candidate"]}


def _measured(folder: Path) -> dict[str, Any]:
    """The shares of each round, at temperature 0 and at the bot's own, and the losses."""
    config = load_config(folder / "config.toml")
    db = open_database(config.database)
    adapter = _newest(list_adapters(db))
    model = load_torch_model(config, config.path_of(adapter.path))
    built = build(db, config)
    questions = read_questions()
    rounds = _rounds(db, config, built, questions)
    shares = {
        f"{name}, temperature {warmth}": asdict(
            Answered.of(_answers(model, config, systems, questions, warmth), questions)
        )
        for name, systems in rounds.items()
        for warmth in (0.0, config.reply.temperature)
    }
    return shares | {"losses": losses_of(model, config, built.held_out)}


def _newest(adapters: Sequence[Adapter]) -> Adapter:
    return max(adapters, key=lambda adapter: adapter.id)


def read_questions() -> list[Question]:
    text = Path(__file__).with_suffix(".toml").read_text("utf-8")
    return [Question(*told) for fact in tomllib.loads(text)["facts"] for told in fact["told"]]


def _rounds(
    db: Database, config: Config, built: Built, questions: Sequence[Question]
) -> dict[str, list[str]]:
    """What stands before each question, by what is shown of memory."""
    if not config.memory.enabled:
        return {"no memory": [persona(config.owner)] * len(questions)}
    rng = random.Random(0)
    real = [line for sample in built.train for line in sample.output.splitlines() if line[12:]]
    now = built.held_out[0].answered_at
    facts = [_line(question.told, now - rng.randrange(DAY, 200 * DAY)) for question in questions]
    others = [[_line(text, now - HOUR) for text in rng.sample(real, 3)] for _ in questions]
    shown: dict[str, list[list[Line]]] = {
        "the fact": [[fact] for fact in facts],
        "the fact and two lines": [
            rng.sample([fact, *two[:2]], 3) for fact, two in zip(facts, others, strict=True)
        ],
        "three other lines": others,
        "nothing": [[] for _ in questions],
    }
    rounds = {
        name: [_system(config, lines, now) for lines in of_each] for name, of_each in shown.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        copy = open_database(Path(folder, "twin.db"))
        db.conn.backup(copy.conn)
        return rounds | _looked_up(copy, config, real, questions, rng)


def _looked_up(
    db: Database,
    config: Config,
    real: Sequence[str],
    questions: Sequence[Question],
    rng: random.Random,
) -> dict[str, list[str]]:
    """As the twin looks it up: in a chat in which it was told, and in one in which it was not."""
    told = [question.told for question in questions]
    found: dict[str, list[str]] = {}
    for name, lines in (("looked up", told), ("looked up where it was not told", [])):
        chat, now = _chat(db, name, lines, real, rng)
        bring_up_to_date(db, config)
        found[name] = [
            _system(
                config,
                look_up(db, config, chat, each.asked, before=now, zone=zone_of(config.schedule)),
                now,
            )
            for each in questions
        ]
    return found


def _chat(
    db: Database, name: str, told: Sequence[str], real: Sequence[str], rng: random.Random
) -> tuple[int, int]:
    """A chat of exchanges with these lines among them, and when it is asked about them."""
    chat = upsert_chat(db, "benchmark", name, name).id
    lines = [*told, *rng.sample(list(real), OTHERS)]
    rng.shuffle(lines)
    newest = int(next(db.query("SELECT max(sent_at) AS at FROM messages"))["at"])
    began = newest - len(lines) * 2 * HOUR
    for at, line in enumerate(lines):
        sent = began + at * 2 * HOUR
        log_messages(
            db,
            [
                NewMessage(chat, "peer", rng.choice(("hey", "whats new?", "and you?")), sent),
                NewMessage(chat, "owner", line, sent + 60_000),
            ],
        )
    return chat, newest + HOUR


def _line(text: str, said_at: int) -> Line:
    return Line(text, (), said_at, "owner", "owner")


def _system(config: Config, lines: Sequence[Line], now: int) -> str:
    block = memory_block(
        lines, now=now, zone=zone_of(config.schedule), language="en", budget=token_budget(config)
    )
    return with_memory(persona(config.owner), block.text)


def _answers(
    model: TorchModel,
    config: Config,
    systems: Sequence[str],
    questions: Sequence[Question],
    temperature: float,
) -> list[str]:
    prompts = [
        conversation(system, [], question.asked)
        for system, question in zip(systems, questions, strict=True)
    ]
    answers: list[str] = []
    for start in range(0, len(prompts), AT_ONCE):
        batch = prompts[start : start + AT_ONCE]
        replies = model.generate(batch, ANSWER_TOKENS, temperature, config.reply.top_p, seed=start)
        answers += [reply.text for reply in replies]
    return answers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory_facts", description=__doc__)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)

"""Ask a twin of what its owner once told: `python -m benchmarks.memory_facts FOLDER`.

Two nights of the demo's owner, one with memory and one without, are in the folders `with` and
`without` in it: each is trained unless its folder holds an adapter, as that of the demo does. Both
are asked of facts of kinds that no night has seen, and how they write otherwise is compared.
Prints JSON: shares of the answers, figures of style and loss with 95% intervals, and the nights.
"""

import argparse
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import regex

from benchmarks.held_out import answer, losses_of
from benchmarks.memory_rounds import Question, read_questions, rounds
from benchmarks.memory_style import Answers, answer_held_out, compare, describe
from storage.adapters import Adapter, list_adapters
from storage.chats import list_chats
from storage.database import open_database
from storage.importers.import_files import import_paths
from training.dataset.build import Built, build
from training.demo.prepare import SETTINGS
from training.demo.sample_chats import write_sample_exports
from training.evaluation.promotion_gate import difference
from training.evaluation.scores import Losses
from training.scheduling.trainer_process import trainer_command
from twin.child_process import process_options
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.base import LoadedModel
from twin.engine.model import load_torch_model, silence_logs
from twin.engine.runtime import load_model
from twin.memory.block import MemoryBlock
from twin.prompting.chat_prompt import conversation, persona, with_memory
from twin.replying.unsupported import is_unsupported

NOT_KNOWN = regex.compile(
    r"\b(?:idk|no (?:idea|clue)|not (?:really |too |quite )?sure|dunno|forgot"
    r"|(?:do not|don[’']?t|can[’']?t|cannot) (?:really )?(?:know|remember))\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Night:
    """What came out of one night: its figures, its answers to friends, its held-out losses."""

    figures: dict[str, Any]
    answers: Answers
    losses: Losses


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
    shown, plain = (_night(folder / name, name == "with") for name in ("with", "without"))
    gap = difference(shown.losses, plain.losses)
    assert gap is not None
    style = compare(shown.answers, plain.answers, gives_up)
    result = {"with": shown.figures, "without": plain.figures}
    print(json.dumps(result | {"with minus without": {**style, "loss": asdict(gap)}}, indent=1))


def gives_up(text: str) -> bool:
    """Whether it says somewhere that one doesn't know."""
    return NOT_KNOWN.search(text) is not None


def _night(folder: Path, with_memory: bool) -> Night:
    path = folder / "config.toml"
    if not path.exists():
        folder.mkdir(parents=True)
        path.write_text(f"{SETTINGS}[memory]\nenabled = {str(with_memory).lower()}\n", "utf-8")
    config = load_config(path)
    adapter = _adapter(config) or _trained(config)
    db = open_database(config.database)
    built, weights = build(db, config), config.path_of(adapter.path)
    model = load_model(config, weights)
    answers = answer_held_out(model, config, built)
    figures = {"night": json.loads(adapter.metrics or "{}"), "style": describe(answers, gives_up)}
    figures |= {"facts": ask(config, built, model)}
    return Night(
        figures, answers, losses_of(load_torch_model(config, weights), config, built.held_out)
    )


def _adapter(config: Config) -> Adapter | None:
    """The newest."""
    adapters = list_adapters(open_database(config.database))
    return max(adapters, key=lambda adapter: adapter.id, default=None)


def _trained(config: Config) -> Adapter:
    """Import what is not yet, and train once as the bot does."""
    db = open_database(config.database)
    if not list_chats(db):
        write_sample_exports(config.data / "exports")
        import_paths(db, [config.data / "exports"], me="我", format=None)
    options = process_options() | {"stdout": subprocess.DEVNULL}
    subprocess.run(trainer_command(config.path, "benchmark"), check=True, **options)
    adapter = _adapter(config)
    assert adapter is not None
    return adapter


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
        not known and (held or gives_up(each.text))
        for each, held, known in zip(answers, held_back, right, strict=True)
    ]
    count, known, gave_up = len(answers), sum(right), sum(not_known)
    shares = (known, gave_up, count - known - gave_up)
    return Shares(*(round(share / count, 3) for share in shares))


def _answers(
    model: LoadedModel,
    config: Config,
    blocks: Sequence[MemoryBlock],
    questions: Sequence[Question],
) -> list[Answered]:
    """One to each question, with its block in the prompt."""
    prompts = [
        conversation(with_memory(persona(config.owner), block.text), [], each.asked)
        for block, each in zip(blocks, questions, strict=True)
    ]
    texts = [reply.text for reply in answer(model, config, prompts, model.sampling)]
    return [
        Answered(each, text, is_unsupported(each.asked, text, turns, block, config.owner.name))
        for each, text, turns, block in zip(questions, texts, prompts, blocks, strict=True)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory_facts", description=__doc__)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)

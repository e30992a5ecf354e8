"""The log as training samples: a `datasets.Dataset` inside, Alpaca JSON outside."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

import datasets
from sqlite_utils import Database

from storage.errors import InputError, TwinError
from training.collecting import collect
from training.weights import recency_weights
from twin.config import Config
from twin.context import build_turns, persona
from twin.prompts import PromptFormat, Turn

NOT_NEWEST = "older than the newest [dataset] max_samples pairs"
FEATURES = datasets.Features(
    {
        "instruction": datasets.Value("string"),
        "input": datasets.Value("string"),
        "output": datasets.Value("string"),
        "chat_id": datasets.Value("int64"),
        "answered_at": datasets.Value("int64"),
        "weight": datasets.Value("float64"),
    }
)


class Row(TypedDict):
    """One Alpaca sample and where it comes from; `answered_at` in UTC milliseconds.

    `weight`: how much it counts in training, 1 on average.
    """

    instruction: str
    input: str
    output: str
    chat_id: int
    answered_at: int
    weight: float


@dataclass(frozen=True)
class Built:
    """Every sample, oldest first; the newest `held_out_count` are never trained on."""

    dataset: datasets.Dataset
    held_out_count: int
    report: dict[str, Any]
    hash: str

    @cached_property
    def train(self) -> list[Row]:
        return self._rows[: len(self._rows) - self.held_out_count]

    @cached_property
    def held_out(self) -> list[Row]:
        return self._rows[len(self._rows) - self.held_out_count :]

    @property
    def trained_until(self) -> int | None:
        """When the newest answer to train on was given; None for a file, which has no times."""
        return self.train[-1]["answered_at"] if self.train and "chats" in self.report else None

    @property
    def logged_until(self) -> int | None:
        """When the newest answer of all was given; None for a file."""
        return self._rows[-1]["answered_at"] if self._rows and "chats" in self.report else None

    @cached_property
    def _rows(self) -> list[Row]:
        rows: list[Row] = self.dataset.to_list()
        return rows


def build(db: Database, config: Config) -> Built:
    """Pair every chat by itself and report what became of every message."""
    collected = collect(db, config)
    most = config.dataset.max_samples
    if most and len(collected.pairs) > most:
        for masked in collected.pairs[:-most]:
            collected.dropped[NOT_NEWEST] += masked.pair.inputs + masked.pair.outputs
        collected.pairs = collected.pairs[-most:]
    pairs = [masked.pair for masked in collected.pairs]
    instruction = persona(config.owner)
    weights = recency_weights([pair.answered_at for pair in pairs], config.dataset.half_life_days)
    rows = [
        Row(
            instruction=instruction,
            input=pair.input,
            output=pair.output,
            chat_id=pair.chat_id,
            answered_at=pair.answered_at,
            weight=weight,
        )
        for pair, weight in zip(pairs, weights, strict=True)
    ]
    report = {
        "chats": collected.chats,
        "messages": collected.messages,
        "input": sum(pair.inputs for pair in pairs),
        "output": sum(pair.outputs for pair in pairs),
        "masked": dict(collected.masked.most_common()),
        "dropped": dict(collected.dropped.most_common()),
    }
    return _built(rows, config, report)


def build_from_alpaca(path: Path, config: Config) -> Built:
    """A ready Alpaca file instead of the log; its last rows are held out."""
    rows = read_alpaca(path)
    if config.dataset.max_samples:
        rows = rows[-config.dataset.max_samples :]
    return _built(rows, config, {"file": str(path)})


def _built(rows: list[Row], config: Config, report: dict[str, Any]) -> Built:
    rules = config.dataset
    held_out = min(rules.max_held_out, round(len(rows) * rules.held_out))
    report |= {"pairs": len(rows), "train": len(rows) - held_out, "held_out": held_out}
    content = json.dumps([rules.rules, held_out, rows], ensure_ascii=False)
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    # Column by column: from_list can't make an empty dataset.
    columns = {key: [row[key] for row in rows] for key in Row.__annotations__}  # type: ignore[literal-required]
    dataset = datasets.Dataset.from_dict(columns, features=FEATURES)
    return Built(dataset, held_out, report, digest)


def prompt_of(row: Row, config: Config, fmt: PromptFormat, budget: int) -> list[Turn]:
    """What the model is shown for a sample: the code that also builds it when the twin answers.

    A row with an instruction alone is a question by itself, asked under our own persona.
    """
    if row["input"].strip():
        system, burst = row["instruction"], row["input"]
    else:
        system, burst = persona(config.owner), row["instruction"]
    return build_turns(config.dataset.rules, system, [], burst, fmt, budget)


def encode(row: Row, config: Config, fmt: PromptFormat) -> dict[str, Any]:
    """Token ids and labels of one sample, in at most [train] max_tokens.

    A prompt keeps a quarter of the room free, so that there is always something to learn.
    """
    limit = config.train.max_tokens
    turns = prompt_of(row, config, fmt, limit - limit // 4)
    ids, labels = fmt.complete([*turns, {"role": "assistant", "content": row["output"]}])
    ids, labels = ids[:limit], labels[:limit]
    return {"input_ids": ids, "labels": labels, "length": len(ids), "weight": row["weight"]}


def write_alpaca(rows: Sequence[Row], path: Path) -> None:
    """Alpaca JSON: instruction, input and output of each row."""
    kept = [{key: row[key] for key in ("instruction", "input", "output")} for row in rows]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise TwinError(f"{path}: can't be written ({error.strerror}); choose another") from error


def read_alpaca(path: Path) -> list[Row]:
    """Rows of an Alpaca file, a JSON list or one object a line. Raises InputError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror}); give a file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    rows = [_alpaca_row(path, number, item) for number, item in enumerate(_items(path, text))]
    if not rows:
        raise InputError(f"{path}: empty; an Alpaca file has rows of instruction, input, output")
    return rows


def _items(path: Path, text: str) -> list[Any]:
    if text.lstrip().startswith("["):
        try:
            items: list[Any] = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: not valid JSON ({error}); mend the file") from error
        return items
    parsed = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                parsed.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise InputError(
                    f"{path}: line {number} is not valid JSON ({error}); mend the file"
                ) from error
    return parsed


def _alpaca_row(path: Path, number: int, item: Any) -> Row:
    wanted = "an Alpaca row is an object with the texts instruction, output and perhaps input"
    if not isinstance(item, dict):
        raise InputError(f"{path}: row {number + 1} is not an object; {wanted}")
    values = {"input": "", **{key: value for key, value in item.items() if value is not None}}
    for key in ("instruction", "input", "output"):
        if not isinstance(values.get(key), str):
            raise InputError(f"{path}: row {number + 1} has no text '{key}'; {wanted}")
    if not values["output"].strip() or not (values["instruction"] + values["input"]).strip():
        raise InputError(f"{path}: row {number + 1} is blank; {wanted}")
    return Row(
        instruction=_whole(values["instruction"]),
        input=_whole(values["input"]),
        output=_whole(values["output"]),
        chat_id=0,
        answered_at=number,
        weight=1.0,
    )


def _whole(text: str) -> str:
    """JSON can hold half a character (a lone surrogate), which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()

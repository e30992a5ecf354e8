"""Write the samples as an Alpaca file, and read such a file as samples.

In a file a conversation is one row with the exchanges before its last answer as `history`, because
those who train on it learn every answer of a history too: as one row for each answer, the first
answer of ten would be learnt ten times.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from storage.atomic_files import write_json
from storage.errors import InputError
from training.dataset.samples import PastExchange, Sample, by_conversation
from twin.config.schema import Config
from twin.prompting.chat_prompt import persona

MOST_IN_ROW = 8  # exchanges: readers cut long rows off
WANTED = "an Alpaca row is an object with the texts instruction, output and perhaps input"


def whole_rows(samples: Sequence[Sample]) -> Iterator[tuple[str, list[PastExchange]]]:
    """(persona, exchanges) of each piece of a conversation, cut where an answer is not to learn."""
    for conversation in by_conversation(samples):
        piece = [conversation[0]]
        for sample in conversation[1:]:
            if sample.position != piece[-1].position + 1 or len(piece) == MOST_IN_ROW:
                yield _whole_row(piece)
                piece = []
            piece.append(sample)
        yield _whole_row(piece)


def _whole_row(piece: Sequence[Sample]) -> tuple[str, list[PastExchange]]:
    return piece[0].instruction, [(sample.input, sample.output) for sample in piece]


def alpaca(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """As in the recipe where no answer has a history, otherwise with `system` and `history`."""
    if any(sample.history for sample in samples):
        return [_with_history(*whole) for whole in whole_rows(samples)]
    return [
        {"instruction": each.instruction, "input": each.input, "output": each.output}
        for each in samples
    ]


def write_alpaca(samples: Sequence[Sample], path: Path) -> None:
    write_json(path, alpaca(samples))


def _with_history(instruction: str, said: list[PastExchange]) -> dict[str, Any]:
    *history, (asked, answered) = said
    return {
        "instruction": asked,
        "input": "",
        "output": answered,
        "system": instruction,
        "history": [list(pair) for pair in history],
    }


def read_alpaca(path: Path, config: Config) -> list[Sample]:
    """The samples of an Alpaca file, a JSON list or one object a line. Raises InputError.

    The answers of a history are samples too.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror}); give a file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    samples = [
        sample
        for number, item in enumerate(_items(path, text))
        for sample in _samples(path, number, item, config)
    ]
    if not samples:
        raise InputError(f"{path}: empty; an Alpaca file has rows of instruction, input, output")
    return samples


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


def _samples(path: Path, number: int, item: Any, config: Config) -> list[Sample]:
    if not isinstance(item, dict):
        raise InputError(f"{path}: row {number + 1} is not an object; {WANTED}")
    values = {"input": "", "system": "", **{k: v for k, v in item.items() if v is not None}}
    for key in ("instruction", "input", "output", "system"):
        if not isinstance(values.get(key), str):
            raise InputError(f"{path}: row {number + 1} has no text '{key}'; {WANTED}")
        values[key] = _whole(values[key])
    if not values["output"].strip() or not (values["instruction"] + values["input"]).strip():
        raise InputError(f"{path}: row {number + 1} is blank; {WANTED}")
    system, asked = _sides(values, config)
    said = [*_history(path, number, values.get("history") or []), (asked, values["output"])]
    return [
        Sample(
            instruction=system,
            input=friend,
            output=owner,
            history=tuple(said[:at]),
            conversation=number,
            position=at,
            answered_at=number,
        )
        for at, (friend, owner) in enumerate(said)
        if friend.strip() and owner.strip()
    ]


def _sides(values: dict[str, Any], config: Config) -> tuple[str, str]:
    """(persona, the friend's words): a row with an instruction alone is asked under our persona."""
    instruction, asked = values["instruction"], values["input"]
    if values["system"]:
        return values["system"], "\n".join(text for text in (instruction, asked) if text)
    return (instruction, asked) if asked.strip() else (persona(config.owner), instruction)


def _history(path: Path, number: int, history: Any) -> list[PastExchange]:
    pairs = history if isinstance(history, list) else [history]
    for pair in pairs:
        if not (isinstance(pair, list) and [type(text) for text in pair] == [str, str]):
            raise InputError(
                f"{path}: row {number + 1}: its history is no list of pairs of texts; "
                "give [[question, answer], …] or leave it out"
            )
    return [(_whole(asked), _whole(answered)) for asked, answered in pairs]


def _whole(text: str) -> str:
    """JSON can hold half a character (a lone surrogate), which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()

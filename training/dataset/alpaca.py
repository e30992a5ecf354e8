"""Write the samples as an Alpaca file, and read such a file, ShareGPT's or OpenAI's, as samples.

In a file a conversation is one row with the exchanges before its last answer as `history`, because
those who train on it learn every answer of a history too: as one row for each answer, the first
answer of ten would be learnt ten times.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from storage.atomic_files import write_json
from storage.errors import InputError
from storage.importers.no_chats import check_no_assistant
from storage.values import encodable
from training.dataset.conversation_rows import RowExchange, has_turns, row_exchanges
from training.dataset.file_rows import Row, file_rows
from training.dataset.samples import PastExchange, Sample, by_conversation
from twin.config.schema import Config
from twin.prompting.chat_prompt import persona

MOST_IN_ROW = 8  # exchanges: readers cut long rows off
WANTED = (
    "an Alpaca row is an object with the texts instruction, output and perhaps input; "
    "others have conversations or messages"
)


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
    return piece[0].system, [(sample.input, sample.output) for sample in piece]


def alpaca(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """As in the recipe where no answer has a history, otherwise with `system` and `history`."""
    if any(sample.history for sample in samples):
        return [_with_history(*whole) for whole in whole_rows(samples)]
    return [
        {"instruction": each.system, "input": each.input, "output": each.output} for each in samples
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
    """The newest [dataset] max_samples samples of an Alpaca, ShareGPT or OpenAI file.

    It is a JSON list or one object a line, and each row is told by its keys. Every answer is a
    sample, those of a history too, with the [dataset] context_turns exchanges before it. Raises
    InputError with file, line and cause.
    """
    samples: deque[Sample] = deque(maxlen=config.dataset.max_samples or None)
    conversation = 0
    for row in file_rows(path):
        conversation = _add_samples(samples, row, conversation, config)
    if not samples:
        what = "no answer to learn in it" if conversation else "empty"
        raise InputError(
            f"{path}: {what}; give rows of instruction, input and output (Alpaca), of "
            "conversations (ShareGPT) or of messages (OpenAI)"
        )
    return list(samples)


def _add_samples(samples: deque[Sample], row: Row, conversation: int, config: Config) -> int:
    """The number of the next conversation: a change of persona begins one."""
    most, said = config.dataset.context_turns, list[PastExchange]()
    system: str | None = None
    for at, exchange in enumerate(_exchanges(row, config)):
        conversation += system not in (None, exchange.system)
        system = exchange.system
        friend, owner = exchange.said
        if exchange.learnt and friend.strip() and owner.strip():
            samples.append(
                Sample(
                    instruction=system,
                    input=friend,
                    output=owner,
                    history=tuple(said[max(0, at - most) :]),
                    conversation=conversation,
                    position=at,
                    answered_at=row.number,
                )
            )
        said.append(exchange.said)
    return conversation + 1


def _exchanges(row: Row, config: Config) -> list[RowExchange]:
    if not isinstance(row.value, dict):
        raise row.bad(f" is not an object; {WANTED}")
    if not has_turns(row.value):
        check_no_assistant(row.path, row.value)
        return _alpaca_exchanges(row, config)
    exchanges = row_exchanges(row)
    own = persona(config.owner) if any(not each.system for each in exchanges) else ""
    return [each if each.system else each._replace(system=own) for each in exchanges]


def _alpaca_exchanges(row: Row, config: Config) -> list[RowExchange]:
    values = {"input": "", "system": "", **{k: v for k, v in row.value.items() if v is not None}}
    for key in ("instruction", "input", "output", "system"):
        if not isinstance(values.get(key), str):
            raise row.bad(f" has no text '{key}'; {WANTED}")
        values[key] = encodable(values[key])
    if not values["output"].strip() or not (values["instruction"] + values["input"]).strip():
        raise row.bad(f" is blank; {WANTED}")
    system, asked = _sides(values, config)
    said = [*_history(row, values.get("history") or []), (asked, values["output"])]
    return [RowExchange(pair, system) for pair in said]


def _sides(values: dict[str, Any], config: Config) -> tuple[str, str]:
    """(persona, the friend's words): a row with an instruction alone is asked under our persona."""
    instruction, asked = values["instruction"], values["input"]
    if values["system"]:
        return values["system"], "\n".join(text for text in (instruction, asked) if text)
    return (instruction, asked) if asked.strip() else (persona(config.owner), instruction)


def _history(row: Row, history: Any) -> list[PastExchange]:
    pairs = history if isinstance(history, list) else [history]
    for pair in pairs:
        if not (isinstance(pair, list) and [type(text) for text in pair] == [str, str]):
            raise row.bad(
                ": its history is no list of pairs of texts; "
                "give [[question, answer], …] or leave it out"
            )
    return [(encodable(asked), encodable(answered)) for asked, answered in pairs]

"""Tell what looks like chats and is none of the owner's: datasets, talks with an assistant."""

from collections.abc import Collection
from pathlib import Path

from storage.importers.problems import BadFile
from storage.importers.raw_files.json_stream import JsonShape
from storage.texts import Text

_DATASETS = {
    "Alpaca": ("instruction", "output"),
    "ShareGPT": ("conversations.*.from", "conversations.*.value"),
    "OpenAI": ("messages.*.role", "messages.*.content"),
}
# A key that each conversation has in the export of an assistant's own site.
_ASSISTANTS = {"mapping": "ChatGPT", "chat_messages": "Claude"}


def check_no_chats(path: Path, shape: JsonShape) -> None:
    """Raises InputError with what to do instead. The shape fits no format of chats."""
    root = "*." if shape.root == "[" else ""
    for name, places in _DATASETS.items():
        if shape.has(*(root + place for place in places)):
            cause = Text(
                "a dataset ({name}), which is trained on and not imported; use "
                "`bot.py train --alpaca FILE`",
                name=name,
            )
            raise BadFile(path, cause)
    check_no_assistant(path, {place.removeprefix(root) for place in shape.places})


def check_no_assistant(path: Path, keys: Collection[str]) -> None:
    """Raises InputError for a conversation with an assistant, by its keys."""
    for key, program in _ASSISTANTS.items():
        if key in keys:
            cause = Text(
                "{program}'s own export: its answers are an assistant's words and not yours; "
                "import chats with people, or train on answers that you wrote",
                program=program,
            )
            raise BadFile(path, cause)

"""The demo's history: a real person's chats of chitchat-dataset, as exports."""

import json
from collections import defaultdict
from datetime import datetime
from importlib.resources import files
from pathlib import Path

OWNER = "31267496-e50f-4f91-a197-c5b1bfde803b"
OWNER_NAME = "Sam"

ExportedMessage = tuple[str, str, str]  # time, sender, text


def _local_time(timestamp: str) -> str:
    moment = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def sample_chats(owner: str = OWNER) -> dict[str, list[ExportedMessage]]:
    """Friend → messages in time order; the owner's sender is 我.

    `owner`: the writer of chitchat-dataset whose chats they are.
    """
    conversations = json.loads((files("chitchat_dataset") / "dataset.json").read_text("utf-8"))
    chats: dict[str, list[tuple[str, bool, str]]] = defaultdict(list)
    for conversation in conversations.values():
        messages = [message for burst in conversation["messages"] for message in burst]
        partners = {message["sender"] for message in messages} - {owner}
        if len(partners) != 1 or all(message["sender"] != owner for message in messages):
            continue
        chats[partners.pop()] += [
            (message["timestamp"], message["sender"] == owner, message["text"])
            for message in messages
        ]
    return {
        f"friend {number:03}": [
            (_local_time(at), "我" if from_owner else f"friend {number:03}", text)
            for at, from_owner, text in sorted(rows, key=lambda row: row[0])
        ]
        for number, (_, rows) in enumerate(sorted(chats.items()), start=1)
    }


def write_sample_exports(folder: Path) -> int:
    """One JSON export a friend; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    chats = sample_chats()
    for friend, rows in chats.items():
        path = folder / f"{friend}.json"
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return len(chats)

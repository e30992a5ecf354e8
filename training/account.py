"""The dataset in figures: what became of every message, by chat and month, and token lengths."""

from typing import Any

from sqlite_utils import Database

from storage.chats import list_chats
from training.dataset import build
from training.lengths import token_lengths
from twin.config import Config


def account(db: Database, config: Config) -> dict[str, Any]:
    """Every message once: `target`, `context`, or `dropped` for one reason.

    The chats with the most messages come first, months in time order.
    """
    built = build(db, config)
    assert built.ledger is not None  # the log has one
    names = {chat["id"]: str(chat["name"]) for chat in list_chats(db)}
    return {
        "rules": config.dataset.rules,
        **built.report,
        "hash": built.hash,
        "by_chat": [
            {"id": chat, "name": names[chat], **fates}
            for chat, fates in built.ledger.by_chat().items()
        ],
        "by_month": [{"month": month, **fates} for month, fates in built.ledger.by_month().items()],
        "tokens": token_lengths([*built.train, *built.held_out], config),
    }

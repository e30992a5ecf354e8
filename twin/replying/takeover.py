"""Note that the owner wrote in a chat themselves: nothing more of the twin's is said there."""

from sqlite_utils import Database

from storage.chats import Chat, pause_chat
from storage.outbox import cancel_drafts, cancel_pending, record_decision
from storage.reasons import BurstReason
from twin.config.schema import PolicySettings
from twin.replying.bursts import last_undecided

MINUTE_MS = 60_000


def take_over(db: Database, chat: Chat, policy: PolicySettings, now: int) -> None:
    """Drop what waits to be sent and the drafts, close the burst, and pause. UTC milliseconds."""
    cancel_pending(db, chat.id, now=now)
    cancel_drafts(db, chat.id, now=now)
    undecided = last_undecided(db, chat.id)
    if undecided is not None:
        record_decision(db, chat.id, undecided, BurstReason.BY_OWNER, now=now)
    if chat.mode in ("auto", "draft"):
        until = now + int(policy.takeover_minutes * MINUTE_MS)
        pause_chat(db, chat.id, max(until, chat.paused_until or 0))

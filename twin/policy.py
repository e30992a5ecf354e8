"""May the twin answer this chat, now? Pure functions: nothing is read and nothing is written."""

from dataclasses import dataclass

from storage.chats import Chat


@dataclass(frozen=True, slots=True)
class Decision:
    """`allowed`: something may be sent. `draft`: it may only be prepared for the owner."""

    allowed: bool
    reason: str
    draft: bool = False


def may_answer(chat: Chat, now: int) -> Decision:
    """Judge a chat as it stands at `now` (UTC milliseconds). The reason is kept with the burst."""
    if chat.mode in ("off", "log"):
        return Decision(False, f"mode is {chat.mode}")
    if chat.kind != "direct":
        # A group hears many people who never asked for the twin.
        return Decision(False, f"a {chat.kind} chat")
    if chat.paused_until is not None and now < chat.paused_until:
        return Decision(False, "paused")
    if chat.mode == "draft":
        return Decision(False, "mode is draft", draft=True)
    return Decision(True, "answered")

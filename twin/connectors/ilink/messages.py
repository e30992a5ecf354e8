"""Read what the bot was sent."""

from typing import Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from twin.connectors.base import MessageReceived

CHAT_ID = "owner"  # a bot has one conversation, whichever account scanned its code
CHAT_NAME = "WeChat (ClawBot)"
_FROM_BOT = 2
_TEXT, _VOICE = 1, 3
_KINDS = {2: "image", _VOICE: "voice", 4: "file", 5: "video"}
_LATEST_MS = 4_102_444_800_000  # the year 2100: what is beyond is no time


class _Told(BaseModel):
    """What the server tells; a null is as though it were left out."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, told: Any) -> Any:
        return {k: v for k, v in told.items() if v is not None} if isinstance(told, dict) else told


class _Words(_Told):
    text: str = ""


class _Item(_Told):
    type: int = 0
    text_item: _Words | None = None
    voice_item: _Words | None = None


class Update(_Told):
    """One message; `create_time_ms` in UTC."""

    message_id: int | str | None = None
    client_id: str | None = None
    from_user_id: str = ""
    group_id: str | None = None
    message_type: int = 0
    create_time_ms: int = 0
    context_token: str = Field(default="", repr=False)
    item_list: list[_Item] = []

    @property
    def id(self) -> str | None:
        """What it is known by when it comes again."""
        found = self.message_id or self.client_id
        return None if found is None else str(found)

    def is_from(self, owner_id: str) -> bool:
        """Whether the owner wrote it, and where nobody else reads the answer."""
        return (
            self.from_user_id == owner_id and self.message_type != _FROM_BOT and not self.group_id
        )

    def sent_at(self, now: int) -> int:
        """In UTC milliseconds; now where the server does not say."""
        return self.create_time_ms if 0 < self.create_time_ms < _LATEST_MS else now


def read_update(found: Any) -> Update | None:
    """None for what is no message."""
    try:
        return Update.model_validate(found)
    except ValidationError:
        return None


def as_event(update: Update, owner: str, now: int) -> MessageReceived:
    """The owner's message, which may be a command. What it quotes is not theirs."""
    words = [item.text_item.text for item in update.item_list if item.text_item]
    heard = [item.voice_item.text for item in update.item_list if item.voice_item]
    kinds = [_KINDS.get(item.type, "other") for item in update.item_list if item.type != _TEXT]
    return MessageReceived(
        CHAT_ID,
        CHAT_NAME,
        update.from_user_id,
        owner,
        "\n".join(filter(None, [*words, *heard])),
        update.sent_at(now),
        external_id=update.id,
        from_owner=True,
        kind=kinds[0] if kinds and not any(words) else "text",
        chat_kind="self",
        steers=True,
    )

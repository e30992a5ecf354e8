"""The owner's chat with their bot: commands, and buttons that decide about drafts."""

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from telegram import (
    Bot,
    CallbackQuery,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
)
from telegram.error import TelegramError

from twin.clock import Clock
from twin.connectors.base import Command, MessageReceived
from twin.connectors.telegram.account import Connection
from twin.connectors.telegram.messages import owners_order
from twin.language import N_, language_for
from twin.web.rate_limit import RateLimit

log = logging.getLogger(__name__)

MOST_DATA = 64  # bytes that a button holds
PRIVACY = N_(
    "This bot belongs to one person, who uses it in their own chats: it reads what is written "
    "there and may answer in their name. What it reads stays on that person's own computer and is "
    "shown to nobody else. The twin learns from a chat only where everybody in it agreed. Ask the "
    "owner to see or delete what is kept of you. What you write to the bot itself is not kept."
)
_PROMPT = "Draft {}: write the new text as an answer to this message."
_PROMPTED = re.compile(re.escape(_PROMPT).replace(r"\{\}", r"(\d{1,15})"), re.ASCII)
_EDIT = re.compile(r"/twin edit (\d{1,15})", re.ASCII)


def chat_key(connection: Connection) -> str:
    """The bot's chats have the ids of the owner's: its own chat needs a name of its own."""
    return f"bot:{connection.chat_id}"


def keyboard(commands: Sequence[Command]) -> InlineKeyboardMarkup | None:
    """One row of buttons; a press sends the command's text back."""
    fitting = [command for command in commands if len(command.text.encode()) <= MOST_DATA]
    if not fitting:
        return None
    row = [InlineKeyboardButton(label, callback_data=text) for label, text in fitting]
    return InlineKeyboardMarkup([row])


class OwnerChat:
    """Turns what is written and pressed there into commands; `emit` returns once they are safe.

    Only the owner counts. Anybody else is told about their privacy, if they ask, and nothing else.
    """

    def __init__(
        self, bot: Bot, emit: Callable[[MessageReceived], Awaitable[None]], clock: Clock
    ) -> None:
        self._bot, self._emit, self._clock = bot, emit, clock
        self._asked: dict[int, int] = {}  # the message that asks for a text → the draft's notice
        self._privacy = RateLimit(clock.monotonic, window_s=60, per_key=2, overall=20)

    async def on_message(self, message: Message, connection: Connection | None) -> None:
        if message.chat.type != message.chat.PRIVATE or message.from_user is None:
            return  # anybody can put any bot into a group
        if (message.text or "").split("@")[0].strip() == "/privacy":
            await self._tell_privacy(message)
        elif connection is not None and message.from_user.id == connection.owner_id:
            await self._on_order(message, connection)
        else:
            log.debug("telegram: a stranger wrote to the bot")

    async def on_press(self, press: CallbackQuery, connection: Connection | None) -> None:
        """A button was pressed; the buttons go once it is decided."""
        is_owner = connection is not None and press.from_user.id == connection.owner_id
        if not (is_owner and connection and press.data and press.data.startswith("/twin ")):
            await self._quietly(press.answer())
            return
        notice = press.message.message_id if press.message is not None else None
        if edit := _EDIT.fullmatch(press.data):
            await self._quietly(press.answer())
            await self._ask_for_text(edit[1], notice, connection)
            return
        await self._emit(
            MessageReceived(
                chat_external_id=chat_key(connection),
                chat_name=connection.owner_name,
                sender_id=str(connection.owner_id),
                sender_name=connection.owner_name,
                text=press.data,
                sent_at=self._clock.now(),
                external_id=f"press:{press.id}",
                from_owner=True,
                chat_kind="self",
                steers=True,
            )
        )
        await self._quietly(press.answer())
        await self._decided(notice, connection)

    async def _on_order(self, message: Message, connection: Connection) -> None:
        order = owners_order(message, chat_key(connection))
        if order.text.strip() == "/start":  # the button that opens every bot's chat
            order = _saying(order, "/twin help")
        asked = message.reply_to_message
        draft = _draft_asked_for(asked, self._bot.id)
        if draft is not None and order.kind == "text":
            order = _saying(order, f"/twin edit {draft} {order.text}")
        await self._emit(order)
        if draft is not None and asked is not None:
            await self._decided(self._asked.pop(asked.message_id, None), connection)

    async def _ask_for_text(self, draft: str, notice: int | None, owner: Connection) -> None:
        answers = None
        if notice is not None:
            answers = ReplyParameters(notice, allow_sending_without_reply=True)
        prompt = await self._quietly(
            self._bot.send_message(
                owner.chat_id,
                _PROMPT.format(draft),
                reply_markup=ForceReply(),
                reply_parameters=answers,
            )
        )
        if isinstance(prompt, Message) and notice is not None:
            self._asked[prompt.message_id] = notice

    async def _decided(self, notice: int | None, connection: Connection) -> None:
        if notice is not None:
            await self._quietly(
                self._bot.edit_message_reply_markup(connection.chat_id, notice, reply_markup=None)
            )

    async def _tell_privacy(self, message: Message) -> None:
        user = message.from_user
        if user is not None and self._privacy.take(user.id):
            text = language_for(user.language_code or "").say(PRIVACY)
            await self._quietly(self._bot.send_message(message.chat.id, text))

    async def _quietly(self, call: Awaitable[object]) -> object:
        """What is only shown, and may come too late for Telegram, ends no connection."""
        try:
            return await call
        except TelegramError as error:
            log.debug("telegram: nothing was shown (%s)", type(error).__name__)
            return None


def _draft_asked_for(asked: Message | None, bot_id: int) -> str | None:
    """The draft whose new text the bot asked for in that message."""
    if asked is None or asked.from_user is None or asked.from_user.id != bot_id:
        return None
    match = _PROMPTED.fullmatch(asked.text or "")
    return match[1] if match else None


def _saying(order: MessageReceived, text: str) -> MessageReceived:

    return replace(order, text=text)

"""Send one text or sticker, and say for certain what became of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from telegram import InputFile, Message, ReplyParameters
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from storage.reasons import BurstReason
from twin.clock import Clock
from twin.connectors.base import SendInDoubtError, SendLaterError, SendRefusedError, Sticker
from twin.connectors.telegram.api import (
    ApiClient,
    BotApiError,
    cause_of,
    explanation,
    is_unsent,
    wait_s,
)
from twin.connectors.telegram.sticker_keys import STICKER, STICKER_FILES, file_of_key

log = logging.getLogger(__name__)

MOST_UNITS = 4096  # of UTF-16, as Telegram counts
WINDOW_H = 24  # so long after a friend's message may a bot write to them
UNREACHED_S = 5.0
_SPACES = ("\n\n", "\n", " ")
_TOO_LATE = ("BUSINESS_PEER_USAGE_MISSING",)
_NOT_SHARED = ("BUSINESS_PEER_INVALID", "CHAT NOT FOUND", "PEER_ID_INVALID", "USER NOT FOUND")


def parts_of(text: str, most: int = MOST_UNITS) -> list[str]:
    """The text in messages that Telegram takes, cut at a line's or a word's end where one is."""
    parts = []
    while _units(text) > most:
        end = _fitting(text, most)
        cut = max((text.rfind(space, end // 2, end) for space in _SPACES), default=-1)
        cut = cut if cut > 0 else end
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [part for part in (*parts, text) if part]


def _units(text: str) -> int:
    return len(text) + sum(sign > "\uffff" for sign in text)


def _fitting(text: str, most: int) -> int:
    """How many characters of it are that many units at most."""
    units = 0
    for count, sign in enumerate(text):
        units += 2 if sign > "\uffff" else 1
        if units > most:
            return count
    return len(text)


async def send_parts(
    text: str, send: Callable[[str, bool], Awaitable[Message]], clock: Clock
) -> str | None:
    """The id of the first message; `send` is given each part and whether it is the last.

    Raises SendLaterError, SendRefusedError or BotApiError only when nothing of it was sent.
    """
    parts, first = parts_of(text) or [text], None
    for number, part in enumerate(parts):
        while True:
            try:
                with outcomes():
                    sent = await send(part, number == len(parts) - 1)
                break
            except SendLaterError as error:
                if first is None:
                    raise
                await clock.sleep(error.seconds)
            except (SendRefusedError, BotApiError) as error:
                if first is None:
                    raise
                raise SendInDoubtError(f"only a part of it was sent: {error}") from None
        first = first or str(sent.message_id)
    return first


async def send_sticker(
    bot: ApiClient,
    chat: int,
    sticker: Sticker,
    connection_id: str,
    answers: ReplyParameters | None,
) -> str:
    """The id of the message. Raises as `Connector.send` does."""
    is_sticker, file = await _sticker_file(sticker)
    with outcomes():
        if is_sticker:
            sent = await bot.send_sticker(
                chat, file, business_connection_id=connection_id, reply_parameters=answers
            )
        else:
            sent = await bot.send_animation(
                chat, file, business_connection_id=connection_id, reply_parameters=answers
            )
    return str(sent.message_id)


async def send_voice(
    bot: ApiClient,
    chat: int,
    sound: bytes,
    connection_id: str,
    answers: ReplyParameters | None,
) -> str | None:
    """The id of the message; None where no voice is taken there, which a friend may choose. Raises
    as `Connector.send` does.
    """
    voice = InputFile(sound, filename="voice.ogg")
    try:
        with outcomes():
            sent = await bot.send_voice(
                chat, voice, business_connection_id=connection_id, reply_parameters=answers
            )
    except BotApiError as error:
        log.info("telegram: a voice is not taken there, so it is written: %s", error)
        return None
    return str(sent.message_id)


async def _sticker_file(sticker: Sticker) -> tuple[bool, str | InputFile]:
    """(whether it is no animation, the file)."""
    if sticker.key is not None:
        kind, file_id = file_of_key(sticker.key)
        return kind == STICKER, file_id
    assert sticker.file is not None
    data = await asyncio.to_thread(sticker.file.read_bytes)
    is_sticker = sticker.file.suffix.lower() in STICKER_FILES
    return is_sticker, InputFile(data, filename=sticker.file.name)


@contextmanager
def outcomes() -> Iterator[None]:
    """What the library's errors mean for a message."""
    try:
        yield
    except RetryAfter as error:
        raise SendLaterError("telegram asks to wait", seconds=wait_s(error)) from None
    except (BadRequest, Forbidden) as error:
        raise _refusal(error) from None
    except (InvalidToken, Conflict) as error:
        raise explanation(error) from None
    except NetworkError as error:
        if is_unsent(error):
            raise SendLaterError("telegram can't be reached", seconds=UNREACHED_S) from None
        raise SendInDoubtError(f"telegram: no answer ({cause_of(error)})") from None
    except TelegramError as error:  # an answer that is none: who knows what was done
        raise SendInDoubtError(f"telegram: no answer ({type(error).__name__})") from None


def _refusal(error: BadRequest | Forbidden) -> SendRefusedError | BotApiError:
    said = error.message.upper()
    if any(words in said for words in _TOO_LATE):
        return SendRefusedError(
            "the friend wrote more than 24 hours ago, after which Telegram takes no answer",
            reason=BurstReason.TOO_LATE_THERE.of(WINDOW_H),
        )
    if any(words in said for words in _NOT_SHARED):
        return SendRefusedError(
            "the chat is not among those that the bot may answer; see Settings → Chat Automation",
            reason=BurstReason.NOT_SHARED,
        )
    return explanation(error)

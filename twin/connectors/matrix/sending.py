"""What is sent for a message, and what became of it by the server's answer."""

import io
import json
import logging
from functools import partial
from typing import Any

import nio

from storage.reasons import BurstReason
from storage.texts import Text
from twin.connectors.base import Outgoing, SendInDoubtError, SendLaterError, SendRefusedError
from twin.connectors.matrix.client import (
    LoginEndedError,
    MatrixError,
    TooManyError,
    checked,
    status_of,
)

log = logging.getLogger(__name__)

_SOUND, _NAME = "audio/ogg", "voice.ogg"


def event_of(message: Outgoing) -> tuple[str, dict[str, Any]]:
    """Its type and content. A text is no notice: bridges don't pass on a machine's."""
    kind = "m.room.message"
    content: dict[str, Any] = {"msgtype": "m.text", "body": message.text}
    if message.sticker is not None and message.sticker.key is not None:
        kind, content = "m.sticker", json.loads(message.sticker.key)
    if message.reply_to is not None:
        content |= {"m.relates_to": {"m.in_reply_to": {"event_id": message.reply_to}}}
    return kind, content


async def spoken(client: nio.AsyncClient, sound: bytes, encrypted: bool) -> dict[str, Any] | None:
    """The content of a voice message whose file is uploaded; None where the server takes none."""
    upload = partial(client.upload, content_type=_SOUND, filename=_NAME, filesize=len(sound))
    answer, keys = await upload(lambda *_: io.BytesIO(sound), encrypt=encrypted)
    if not isinstance(answer, nio.UploadResponse):
        log.info("matrix: the server takes no voice, so it is written")
        return None
    info = {"mimetype": _SOUND, "size": len(sound), "duration": duration_ms(sound)}
    file = {"file": (keys or {}) | {"url": answer.content_uri}} if encrypted else {}
    return {
        "msgtype": "m.audio",
        "body": _NAME,
        "info": info,
        "org.matrix.msc1767.audio": {"duration": info["duration"]},
        "org.matrix.msc3245.voice": {},
        **(file or {"url": answer.content_uri}),
    }


def duration_ms(sound: bytes) -> int:
    """Of Ogg Opus: its last page says up to which sample, of 48,000 a second, it goes."""
    last = sound.rfind(b"OggS")
    position = int.from_bytes(sound[last + 6 : last + 14], "little") if last >= 0 else 0
    return position // 48 if position < 2**40 else 0


def sent_id(answer: nio.RoomSendResponse | nio.RoomSendError) -> str:
    """The new message's id. Raises as `Connector.send` does."""
    try:
        return str(checked(answer, Text("sending a message")).event_id)
    except TooManyError as error:
        raise SendLaterError(str(error), seconds=error.seconds) from None
    except LoginEndedError:
        raise
    except MatrixError as error:
        if isinstance(answer, nio.RoomSendError):
            if status_of(answer) >= 500 or not answer.status_code:
                raise SendInDoubtError(str(error)) from None
            if answer.status_code == "M_FORBIDDEN":
                raise SendRefusedError(str(error), reason=BurstReason.NOT_SHARED) from None
        raise

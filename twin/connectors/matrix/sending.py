"""What is sent for a message, and what became of it by the server's answer."""

import json
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


def event_of(message: Outgoing) -> tuple[str, dict[str, Any]]:
    """Its type and content. A text is no notice: bridges don't pass on a machine's."""
    kind = "m.room.message"
    content: dict[str, Any] = {"msgtype": "m.text", "body": message.text}
    if message.sticker is not None and message.sticker.key is not None:
        kind, content = "m.sticker", json.loads(message.sticker.key)
    if message.reply_to is not None:
        content |= {"m.relates_to": {"m.in_reply_to": {"event_id": message.reply_to}}}
    return kind, content


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

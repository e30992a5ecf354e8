"""What a connector is given to send for a piece of the outbox."""

from pathlib import Path

from sqlite_utils import Database

from storage.chats import Chat
from storage.outbox import STICKER, Piece
from storage.reasons import BurstReason
from storage.stickers import own_sticker
from twin.connectors.base import Command, Connector, Outgoing, SendRefusedError, Sticker
from twin.stickers.sendable import sticker_for


def outgoing(
    db: Database, data: Path, connector: Connector, chat: Chat, piece: Piece, voice: bytes | None
) -> Outgoing:
    """`voice`: the piece, spoken. `data`: the data folder. Raises SendRefusedError for a sticker
    that is not there any more.
    """
    commands = [Command(*command) for command in piece.commands]
    sticker = _sticker(db, data, connector, chat, piece) if piece.kind == STICKER else None
    return Outgoing(piece.text, piece.key, commands=commands, sticker=sticker, voice=voice)


def _sticker(db: Database, data: Path, connector: Connector, chat: Chat, piece: Piece) -> Sticker:
    own = own_sticker(db, piece.sticker, chat.id)
    found = own and sticker_for(own, chat.platform, connector.capabilities, data)
    if not isinstance(found, Sticker):
        raise SendRefusedError("its sticker is gone", reason=BurstReason.STICKER_GONE)
    return found

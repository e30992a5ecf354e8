"""Files of messages, whatever platform they come from."""

from collections.abc import AsyncGenerator
from pathlib import Path

from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.errors import TwinError
from storage.messages import NewMessage, log_message
from tests.twin.connectors.running import until
from twin.connectors.base import MediaSaved, MessageReceived
from twin.connectors.media import MediaFetcher


async def picture() -> AsyncGenerator[tuple[str, bytes], None]:
    yield "a.jpg", b"a picture"


async def test_a_file_that_could_not_be_noted_goes_with_its_chat(
    db: Database, tmp_path: Path
) -> None:
    chat = upsert_chat(db, "fake", "ann", "Ann", mode="log")
    log_message(db, NewMessage(chat.id, "peer", "", 1, kind="image", external_id="1"))
    saved: list[Path] = []

    async def forgotten(event: MediaSaved) -> None:
        saved.append(tmp_path / event.path)
        assert saved[0].exists()
        forget_chat(db, chat.id)
        raise TwinError("it could not be noted")

    fetcher = MediaFetcher(db, tmp_path, "fake", "fake", 1.0, forgotten)
    message = MessageReceived("ann", "Ann", "ann", "Ann", "", 1, external_id="1", kind="image")
    fetcher.fetch(message, picture)
    await until(lambda: saved and not saved[0].exists())
    await fetcher.close()

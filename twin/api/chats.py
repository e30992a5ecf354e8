"""/api/chats: who is answered, and what was said."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from storage import chats as chatlist
from storage.pages import page_of_chats, page_of_messages
from storage.switches import FOREVER, pause_all, resume_all
from twin.api import records
from twin.api.house import House
from twin.api.lookup import found, may_miss
from twin.api.records import Before, ChatNumber, Limit, Offset

MINUTE_MS = 60_000


def chats_router(house: House) -> APIRouter:
    router, db = APIRouter(tags=["chats"]), house.db

    def until(pause: records.Pause) -> int:
        return FOREVER if pause.minutes is None else house.clock.now() + pause.minutes * MINUTE_MS

    @router.get("/chats")
    async def list_chats(
        search: Annotated[str, Query(max_length=200, description="Letters of the name.")] = "",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> records.Chats:
        """Chats, the most recent first."""
        page, total = page_of_chats(db, search=search, limit=limit, offset=offset)
        return records.Chats.model_validate(
            {"chats": [asdict(chat) for chat in page], "total": total}
        )

    @router.get("/chats/{chat}", responses=may_miss)
    async def show_chat(chat: ChatNumber) -> records.Chat:
        """One chat."""
        return records.Chat.model_validate(found(chatlist.get_chat, db, chat))

    @router.patch("/chats/{chat}", responses=may_miss)
    async def change_chat(chat: ChatNumber, change: records.ChatChange) -> records.Chat:
        """Switch who gets replies, or set what the twin is told about a friend. At once."""
        before = found(chatlist.get_chat, db, chat)
        if change.mode is not None:
            chatlist.switch_chat(db, before, change.mode)
        if change.note is not None:
            chatlist.set_note(db, chat, change.note)
        return records.Chat.model_validate(chatlist.get_chat(db, chat))

    @router.post("/chats/{chat}/pause", responses=may_miss)
    async def pause_chat(chat: ChatNumber, pause: records.Pause) -> records.Chat:
        """Silence the twin in one chat."""
        found(chatlist.get_chat, db, chat)
        chatlist.pause_chat(db, chat, until(pause))
        return records.Chat.model_validate(chatlist.get_chat(db, chat))

    @router.delete("/chats/{chat}/pause", responses=may_miss)
    async def resume_chat(chat: ChatNumber) -> records.Chat:
        """Lift the pause of one chat."""
        found(chatlist.get_chat, db, chat)
        chatlist.pause_chat(db, chat, None)
        return records.Chat.model_validate(chatlist.get_chat(db, chat))

    @router.get("/chats/{chat}/messages", responses=may_miss)
    async def list_messages(
        chat: ChatNumber, before: Before = None, limit: Limit = 50
    ) -> records.Messages:
        """What was said there, newest first."""
        found(chatlist.get_chat, db, chat)
        page = page_of_messages(db, chat, before=before, limit=limit)
        return records.Messages.model_validate({"messages": [asdict(m) for m in page]})

    @router.post("/pause")
    async def pause_everything(pause: records.Pause) -> records.Done:
        """Silence the twin everywhere, /v1 included."""
        pause_all(db, until(pause))
        return records.Done(done="The twin is silent everywhere.")

    @router.delete("/pause")
    async def resume_everything() -> records.Done:
        """Lift the pause of everything."""
        resume_all(db)
        return records.Done(done="Going on.")

    return router

"""/api/chats: who is answered, and what was said."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from storage import chats as chatlist
from storage.pages import page_of_chats, page_of_messages
from twin.api import records
from twin.api.house import House
from twin.api.lookup import found, may_miss
from twin.api.records import Before, ChatNumber, Limit, Offset


def chats_router(house: House) -> APIRouter:
    router, db = APIRouter(tags=["chats"]), house.db

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

    @router.get("/chats/{chat}/messages", responses=may_miss)
    async def list_messages(
        chat: ChatNumber, before: Before = None, limit: Limit = 50
    ) -> records.Messages:
        """What was said there, newest first."""
        found(chatlist.get_chat, db, chat)
        page = page_of_messages(db, chat, before=before, limit=limit)
        return records.Messages.model_validate({"messages": [asdict(m) for m in page]})

    return router

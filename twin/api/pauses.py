"""/api/chats/{chat}/pause and /api/pause: silence, in one chat or everywhere."""

from fastapi import APIRouter

from storage import chats as chatlist
from storage.switches import FOREVER, pause_all, resume_all
from twin.api import records
from twin.api.house import House
from twin.api.lookup import found, may_miss
from twin.api.records import ChatNumber

MINUTE_MS = 60_000


def pauses_router(house: House) -> APIRouter:
    router, db = APIRouter(tags=["chats"]), house.db

    def until(pause: records.Pause) -> int:
        return FOREVER if pause.minutes is None else house.clock.now() + pause.minutes * MINUTE_MS

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

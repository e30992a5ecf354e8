"""The REST routes: chats, pauses, drafts, training runs and adapters."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from sqlite_utils import Database

from storage import chats as chatlist
from storage import runs
from storage.adapters import Adapter, find_adapter, list_adapters
from storage.consent import consent_of
from storage.database import reading
from storage.decisions import last_decisions
from storage.drafts import list_drafts
from storage.edits import earlier_wordings
from storage.errors import TwinError
from storage.hits import Hit, page_of_hits
from storage.listings import page_of_chats, page_of_messages, page_of_runs
from storage.messages import Message
from storage.people import chats_elsewhere, list_people
from storage.windows import place_of
from twin.api import schemas
from twin.api.context import ApiContext
from twin.api.error_responses import ApiError, found, may_miss
from twin.api.schemas import Before, ChatNumber, DraftNumber, Limit, Offset, RunNumber

AdapterName = Annotated[str, Path(description="The adapter's name.", max_length=200)]


def chats_router(context: ApiContext) -> APIRouter:
    router, db = APIRouter(tags=["chats"]), context.db

    @router.get("/chats")
    async def list_chats(
        search: Annotated[str, Query(max_length=200, description="Letters of the name.")] = "",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> schemas.ChatsBody:
        """Chats, the most recent first."""
        page, total = page_of_chats(db, search=search, limit=limit, offset=offset)
        return schemas.ChatsBody.model_validate(
            {"chats": [asdict(chat) | _beside(db, chat.id) for chat in page], "total": total}
        )

    @router.get("/chats/{chat}", responses=may_miss)
    async def show_chat(chat: ChatNumber) -> schemas.ChatBody:
        """One chat."""
        return _chat(db, found(chatlist.get_chat, db, chat))

    @router.patch("/chats/{chat}", responses=may_miss)
    async def change_chat(chat: ChatNumber, change: schemas.ChatChange) -> schemas.ChatBody:
        """Set the mode or the note of a chat; both take effect at once."""
        before = found(chatlist.get_chat, db, chat)
        if change.mode is not None:
            context.actions.set_mode(before, change.mode)
        if change.note is not None:
            context.actions.set_note(chat, change.note)
        return _chat(db, chatlist.get_chat(db, chat))

    return router


def messages_router(context: ApiContext) -> APIRouter:
    router, db = APIRouter(tags=["chats"]), context.db

    @router.get("/chats/{chat}/messages", responses=may_miss)
    async def list_messages(
        chat: ChatNumber, before: Before = None, limit: Limit = 50
    ) -> schemas.MessagesBody:
        """Messages of a chat, newest first."""
        found(chatlist.get_chat, db, chat)
        page = page_of_messages(db, chat, before=before, limit=limit)
        return schemas.MessagesBody.model_validate({"messages": _with_earlier(db, page)})

    @router.get("/messages")
    async def find_messages(
        search: Annotated[str, Query(max_length=200, description="Words that each one has.")],
        before: Before = None,
        limit: Limit = 50,
    ) -> schemas.FoundMessagesBody:
        """Messages of all chats that have every word, newest first. A sign counts as it stands."""
        hits = await asyncio.to_thread(_find, context.config.database, search, before, limit)
        bodies = _with_earlier(db, [hit.message for hit in hits])
        messages = [
            body | {"chat": hit.message.chat_id, "chat_name": hit.chat}
            for body, hit in zip(bodies, hits, strict=True)
        ]
        return schemas.FoundMessagesBody.model_validate({"messages": messages})

    @router.get("/chats/{chat}/decisions", responses=may_miss)
    async def list_decisions(chat: ChatNumber, limit: Limit = 50) -> schemas.DecisionsBody:
        """Why the chat's messages were answered or not, and from which memory; latest first."""
        found(chatlist.get_chat, db, chat)
        decisions = [asdict(one) for one in last_decisions(db, chat, limit)]
        return schemas.DecisionsBody.model_validate({"decisions": decisions})

    return router


def _with_earlier(db: Database, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Each with what it said before it was changed, oldest first."""
    earlier = earlier_wordings(db, [message.id for message in messages])
    return [asdict(one) | {"earlier": list(earlier.get(one.id, ()))} for one in messages]


def _find(database: FilePath, search: str, before: int | None, limit: int) -> list[Hit]:
    """Beside the event loop: a frequent word takes a tenth of a second in a million messages."""
    with reading(database) as db:
        place = None if before is None else place_of(db, before)
        if before is not None and place is None:
            return []
        return page_of_hits(db, search, before=place, limit=limit)


def people_router(context: ApiContext) -> APIRouter:
    router, db, actions = APIRouter(tags=["chats"]), context.db, context.actions

    @router.get("/people")
    async def show_people() -> schemas.PeopleBody:
        """Friends with several chats."""
        return schemas.PeopleBody.model_validate(
            {"people": [_person(chats) for chats in list_people(db)]}
        )

    @router.post("/people", responses=may_miss)
    async def link_chats(wish: schemas.LinkedChats) -> schemas.PersonBody:
        """Two chats are with one friend. Refused where both have a note and `note` is left out."""
        one, other = (found(chatlist.get_chat, db, chat).id for chat in wish.chats)
        return schemas.PersonBody.model_validate(_person(actions.link_chats(one, other, wish.note)))

    @router.delete("/chats/{chat}/people", responses=may_miss)
    async def unlink_chat(chat: ChatNumber) -> schemas.ChatBody:
        """The chat is by itself again; it keeps the note."""
        found(chatlist.get_chat, db, chat)
        return _chat(db, actions.unlink_chat(chat))

    return router


def drafts_router(context: ApiContext) -> APIRouter:
    router, actions = APIRouter(tags=["drafts"]), context.actions

    def check_waiting(number: int) -> None:
        if number not in (draft.number for draft in list_drafts(context.db)):
            raise ApiError(404, f"draft {number}: none of that number waits; GET /api/drafts")

    @router.get("/drafts")
    async def list_waiting() -> schemas.DraftsBody:
        """Waiting drafts, oldest first."""
        return schemas.DraftsBody.model_validate(
            {"drafts": [asdict(draft) for draft in list_drafts(context.db)]}
        )

    @router.post("/drafts/{draft}/approve", responses=may_miss)
    async def approve(draft: DraftNumber) -> schemas.DoneBody:
        """Send the draft as it is."""
        check_waiting(draft)
        actions.approve_draft(draft)
        return schemas.DoneBody(done=f"Draft {draft} is on its way.")

    @router.post("/drafts/{draft}/edit", responses=may_miss)
    async def edit(draft: DraftNumber, wish: schemas.DraftEdit) -> schemas.DoneBody:
        """Send your words instead. They count as yours, and the twin learns from them."""
        check_waiting(draft)
        actions.edit_draft(draft, wish.text)
        return schemas.DoneBody(done=f"Draft {draft} is on its way.")

    @router.post("/drafts/{draft}/reject", responses=may_miss)
    async def reject(draft: DraftNumber) -> schemas.DoneBody:
        """Drop the draft."""
        check_waiting(draft)
        actions.reject_draft(draft)
        return schemas.DoneBody(done=f"Draft {draft} is dropped.")

    return router


def pauses_router(context: ApiContext) -> APIRouter:
    router, db, actions = APIRouter(tags=["chats"]), context.db, context.actions

    @router.post("/chats/{chat}/pause", responses=may_miss)
    async def pause_chat(chat: ChatNumber, pause: schemas.Pause) -> schemas.ChatBody:
        """Silence the twin in one chat."""
        found(chatlist.get_chat, db, chat)
        return _chat(db, actions.pause_chat(chat, pause.minutes))

    @router.delete("/chats/{chat}/pause", responses=may_miss)
    async def resume_chat(chat: ChatNumber) -> schemas.ChatBody:
        """End the pause of one chat."""
        found(chatlist.get_chat, db, chat)
        return _chat(db, actions.resume_chat(chat))

    @router.post("/pause")
    async def pause_everything(pause: schemas.Pause) -> schemas.DoneBody:
        """Silence the twin everywhere, /v1 included."""
        actions.pause_all(pause.minutes)
        return schemas.DoneBody(done="The twin is silent everywhere.")

    @router.delete("/pause")
    async def resume_everything() -> schemas.DoneBody:
        """End the pause of everything."""
        actions.resume_all()
        return schemas.DoneBody(done="The twin answers again.")

    return router


def runs_router(context: ApiContext) -> APIRouter:
    router, db = APIRouter(tags=["runs"]), context.db

    @router.get("/runs")
    async def list_runs(before: Before = None, limit: Limit = 50) -> schemas.RunsBody:
        """Training runs, newest first."""
        page = page_of_runs(db, before=before, limit=limit)
        return schemas.RunsBody.model_validate({"runs": [_run(run) for run in page]})

    @router.get("/runs/{run}", responses=may_miss)
    async def show_run(run: RunNumber) -> schemas.RunWithCurveBody:
        """One run with its loss curve."""
        one = _run(found(runs.get_run, db, run))
        loss = [{"step": step, "value": value} for step, value in runs.curve(db, run, "loss")]
        return schemas.RunWithCurveBody.model_validate(one | {"loss": loss})

    @router.post("/runs", status_code=202)
    async def train_now() -> schemas.DoneBody:
        """Start a training run. Refused while one is running."""
        try:
            context.actions.start_training()
        except TwinError as error:
            raise ApiError(409, str(error)) from error
        return schemas.DoneBody(done="Training started; you will be told how it went.")

    return router


def adapters_router(context: ApiContext) -> APIRouter:
    router, db = APIRouter(tags=["adapters"]), context.db

    @router.get("/adapters")
    async def list_all() -> schemas.AdaptersBody:
        """Every adapter, newest first."""
        found_ones = [_adapter(adapter) for adapter in list_adapters(db)]
        return schemas.AdaptersBody.model_validate({"adapters": found_ones})

    @router.post("/adapters/{name}/promote", responses=may_miss)
    async def promote(name: AdapterName) -> schemas.DoneBody:
        """Answer with this adapter from the next reply on, whatever the gate decided."""
        found(find_adapter, db, name)
        try:
            context.actions.promote(name)
        except TwinError as error:
            raise ApiError(409, str(error)) from error
        return schemas.DoneBody(done=f"{name} is live.")

    @router.post("/adapters/rollback")
    async def rollback() -> schemas.DoneBody:
        """Go back to the adapter that was live before."""
        return schemas.DoneBody(done=f"{context.actions.roll_back()} is live again.")

    return router


def _chat(db: Database, chat: chatlist.Chat) -> schemas.ChatBody:
    return schemas.ChatBody.model_validate(asdict(chat) | _beside(db, chat.id))


def _beside(db: Database, chat_id: int) -> dict[str, Any]:
    """What other tables have about a chat."""
    same_friend = [chat.id for chat in chats_elsewhere(db, chat_id)]
    return {"same_friend": same_friend, "consent": consent_of(db, chat_id)}


def _person(chats: Sequence[chatlist.Chat]) -> dict[str, Any]:
    return {"chats": [chat.id for chat in chats], "note": chats[0].note}


def _run(run: runs.Run) -> dict[str, Any]:
    return asdict(run) | {"result": json.loads(run.result or "null")}


def _adapter(adapter: Adapter) -> dict[str, Any]:
    return asdict(adapter) | {"verdict": json.loads(adapter.verdict or "null")}

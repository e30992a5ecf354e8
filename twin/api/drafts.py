"""/api/drafts: replies that wait for the owner's word. The running bot sends what he approved."""

from dataclasses import asdict

from fastapi import APIRouter

from storage.drafts import list_drafts
from twin.api import records
from twin.api.house import House
from twin.api.lookup import may_miss
from twin.api.records import DraftNumber
from twin.api.refusals import Refused
from twin.commands import Commands


def drafts_router(house: House) -> APIRouter:
    router = APIRouter(tags=["drafts"])
    # The bot looks for approved pieces by itself, so nothing has to be handed to it here.
    commands = Commands(house.config, house.db, house.clock, lambda _: None)

    def settle(verb: str, number: int, text: str = "") -> records.Done:
        if number not in (draft.number for draft in list_drafts(house.db)):
            raise Refused(404, f"draft {number}: none of that number waits; GET /api/drafts")
        return records.Done(done=commands.run(f"{verb} {number} {text}".strip()))

    @router.get("/drafts")
    async def list_waiting() -> records.Drafts:
        """What waits, oldest first."""
        return records.Drafts.model_validate(
            {"drafts": [asdict(draft) for draft in list_drafts(house.db)]}
        )

    @router.post("/drafts/{draft}/approve", responses=may_miss)
    async def approve(draft: DraftNumber) -> records.Done:
        """Let it be sent as it is."""
        return settle("approve", draft)

    @router.post("/drafts/{draft}/edit", responses=may_miss)
    async def edit(draft: DraftNumber, wish: records.DraftEdit) -> records.Done:
        """Send your words instead. They count as yours, and the twin learns from them."""
        return settle("edit", draft, wish.text)

    @router.post("/drafts/{draft}/reject", responses=may_miss)
    async def reject(draft: DraftNumber) -> records.Done:
        """Drop it."""
        return settle("reject", draft)

    return router

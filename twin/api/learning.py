"""/api/runs and /api/adapters: what was learnt, learning now, and which of it answers."""

import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path

from storage import runs as ledger
from storage.adapters import Adapter, find_adapter, list_adapters
from storage.errors import TwinError
from storage.pages import page_of_runs
from twin.api import records
from twin.api.house import House
from twin.api.lookup import found, may_miss
from twin.api.records import Before, Limit, RunNumber
from twin.api.refusals import Refused
from twin.choosing import go_back, make_live

AdapterName = Annotated[str, Path(description="The adapter's name.", max_length=200)]


def runs_router(house: House) -> APIRouter:
    router, db = APIRouter(tags=["runs"]), house.db

    @router.get("/runs")
    async def list_runs(before: Before = None, limit: Limit = 50) -> records.Runs:
        """Training runs, newest first."""
        page = page_of_runs(db, before=before, limit=limit)
        return records.Runs.model_validate({"runs": [_run(run) for run in page]})

    @router.get("/runs/{run}", responses=may_miss)
    async def show_run(run: RunNumber) -> records.RunWithCurve:
        """One run with its loss curve."""
        one = _run(found(ledger.get_run, db, run))
        loss = [{"step": step, "value": value} for step, value in ledger.curve(db, run, "loss")]
        return records.RunWithCurve.model_validate(one | {"loss": loss})

    @router.post("/runs", status_code=202)
    async def train_now() -> records.Done:
        """Begin a training run. It is refused while one is going."""
        try:
            return records.Done(done=house.order_training())
        except TwinError as error:
            raise Refused(409, str(error)) from error

    return router


def adapters_router(house: House) -> APIRouter:
    router, db = APIRouter(tags=["adapters"]), house.db

    @router.get("/adapters")
    async def list_all() -> records.Adapters:
        """Every adapter, newest first."""
        found_ones = [_adapter(adapter) for adapter in list_adapters(db)]
        return records.Adapters.model_validate({"adapters": found_ones})

    @router.post("/adapters/{name}/promote", responses=may_miss)
    async def promote(name: AdapterName) -> records.Done:
        """Answer with this adapter from the next reply on, whatever the gate said."""
        found(find_adapter, db, name)
        try:
            make_live(house.config, db, name)
        except TwinError as error:
            raise Refused(409, str(error)) from error
        return records.Done(done=f"{name} is live.")

    @router.post("/adapters/rollback")
    async def rollback() -> records.Done:
        """Go back to the adapter that was live before."""
        return records.Done(done=f"{go_back(house.config, db)} is live again.")

    return router


def _run(run: ledger.Run) -> dict[str, Any]:
    return asdict(run) | {"result": json.loads(run.result or "null")}


def _adapter(adapter: Adapter) -> dict[str, Any]:
    return asdict(adapter) | {"verdict": json.loads(adapter.verdict or "null")}

"""A run's report as a page of its own, behind the owner's gate like everything else."""

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

from twin.dashboard.house import House
from twin.dashboard.reports import POLICY


def serve_report(app: FastAPI, house: House) -> None:
    @app.get("/training/{number}/report")
    async def report(number: int) -> FileResponse:
        page = house.reports.page(number) if house.reports else None
        if page is None:
            raise HTTPException(404, f"run {number}: it has no report")
        headers = {"Content-Security-Policy": POLICY}
        return FileResponse(page, media_type="text/html", headers=headers)

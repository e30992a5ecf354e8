"""A run's report as a page of its own, behind the owner's gate like everything else."""

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

from twin.dashboard.house import House


def serve_report(app: FastAPI, house: House) -> None:
    @app.get("/training/{number}/report")
    async def report(number: int) -> FileResponse:
        page = house.reports.page(number) if house.reports else None
        if page is None:
            raise HTTPException(404, f"run {number}: it has no report")
        # It has no scripts, and its own words of chats are escaped when it is written.
        return FileResponse(page, media_type="text/html")

"""Data: bring chats in, see what is learnt from them."""

from urllib.parse import unquote

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from nicegui import app
from starlette.requests import ClientDisconnect

from storage.errors import TwinError
from twin.dashboard.data_import import ImportCard
from twin.dashboard.data_report import ReportCard, ReportMaker
from twin.dashboard.pages import Pages
from twin.dashboard.reports import add_reports
from twin.dashboard.samples import add_samples
from twin.dashboard.view import View
from twin.importing import Importing
from twin.uploads import MOST_BYTES, TooLarge, Uploads

NAME_HEADER = "x-file-name"


def add(pages: Pages) -> None:
    house = pages.house
    uploads = Uploads(house.config.data)
    importing = Importing(house.config.path, uploads)
    maker = ReportMaker(house)
    _add_upload(uploads)
    add_reports(house.config.data)

    def build(view: View) -> None:
        ImportCard(view, importing)
        ReportCard(view, maker)

    pages.add("/data", "data", build)
    add_samples(pages)


def _add_upload(uploads: Uploads) -> None:
    @app.post("/data/upload/{key}")
    async def receive(key: str, request: Request) -> Response:
        """One file as the body; streamed to the disk, never read as anything but an export."""
        upload = uploads.find(key)
        if upload is None:
            return PlainTextResponse("this import is over; open the page again\n", status_code=404)
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MOST_BYTES:
            return PlainTextResponse(f"over {MOST_BYTES >> 30} GiB\n", status_code=413)
        try:
            await upload.add(unquote(request.headers.get(NAME_HEADER, "")), request.stream())
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except TwinError as error:
            status = 413 if isinstance(error, TooLarge) else 507
            return PlainTextResponse(f"{error}\n", status_code=status)
        return Response(status_code=204)

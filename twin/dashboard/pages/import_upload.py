"""Where the page of the data sends the files that are to be imported."""

from urllib.parse import unquote

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from nicegui import app
from starlette.requests import ClientDisconnect

from storage.errors import TwinError
from twin.imports.uploads import MOST_BYTES, Uploads, UploadTooLarge

NAME_HEADER = "x-file-name"


def add_upload(uploads: Uploads) -> None:
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
            status = 413 if isinstance(error, UploadTooLarge) else 507
            return PlainTextResponse(f"{error}\n", status_code=status)
        return Response(status_code=204)

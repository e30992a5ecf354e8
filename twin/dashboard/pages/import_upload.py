"""Where the page of the data sends the files that are to be imported."""

from urllib.parse import unquote

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from nicegui import app
from starlette.requests import ClientDisconnect

from storage.errors import TwinError
from twin.dashboard.auth.login import language_of
from twin.imports.uploads import MOST_BYTES, Uploads, UploadTooLarge

NAME_HEADER = "x-file-name"
# Sends one file after the other, each as a request of its own, and says how far it is.
SEND_FILES = """async (event) => {
  const input = event.target, files = [...input.files];
  input.disabled = true;
  try {
    for (const [n, file] of files.entries()) {
      emit({n: n + 1, all: files.length});
      const answer = await fetch("/data/upload/" + input.dataset.key, {
        method: "POST", body: file, headers: {"X-File-Name": encodeURIComponent(file.name)},
      });
      if (!answer.ok) throw new Error(await answer.text());
    }
    emit({finished: true});
  } catch (error) {
    emit({failed: error instanceof TypeError ? "" : error.message});
  } finally {
    input.disabled = false;
    input.value = "";
  }
}"""


def add_upload(uploads: Uploads) -> None:
    @app.post("/data/upload/{key}")
    async def receive(key: str, request: Request) -> Response:
        """One file as the body; streamed to the disk, never read as anything but an export."""
        say = language_of(request).say
        upload = uploads.find(key)
        if upload is None:
            over = say("this import is over; open the page again")
            return PlainTextResponse(f"{over}\n", status_code=404)
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MOST_BYTES:
            too_large = say("over {gib} GiB", gib=MOST_BYTES >> 30)
            return PlainTextResponse(f"{too_large}\n", status_code=413)
        try:
            await upload.add(unquote(request.headers.get(NAME_HEADER, "")), request.stream())
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except TwinError as error:
            status = 413 if isinstance(error, UploadTooLarge) else 507
            return PlainTextResponse(f"{say(error.message)}\n", status_code=status)
        return Response(status_code=204)

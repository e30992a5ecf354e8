"""The reports that training writes, behind the owner's gate: files of one folder, never run."""

from pathlib import Path

from fastapi.responses import FileResponse, PlainTextResponse, Response
from nicegui import app

FOLDER = "reports"
_SHOWN = {".html", ".png", ".svg", ".css", ".json"}
# They bear names of chats. Whatever these hold, no script of it runs and nothing is fetched.
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def add_reports(data: Path) -> None:
    root = (data / FOLDER).resolve()

    @app.get(f"/{FOLDER}/{{path:path}}")
    def report(path: str) -> Response:
        file = find_report(root, path)
        if file is None:
            return PlainTextResponse("no such report\n", status_code=404)
        return FileResponse(file, headers={"Content-Security-Policy": POLICY})


def find_report(root: Path, path: str) -> Path | None:
    """The file, if it lies in the folder and is of a kind that is shown."""
    try:
        file = (root / path).resolve()
        lies_within = file.is_relative_to(root) and file.suffix in _SHOWN and file.is_file()
    except (OSError, ValueError):  # a name that is none: too long, or with a zero in it
        return None
    return file if lies_within else None

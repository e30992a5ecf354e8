"""Take what the friends' page sends: a request for each message, answered when it is logged."""

import json
import re
from collections.abc import Mapping
from math import ceil

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from twin.connectors.web.connector import Receipt, WebConnector
from twin.web.bodies import body_of

STATUS: Mapping[Receipt, int] = {
    "accepted": 200,
    "empty": 200,
    "too_long": 413,
    "too_fast": 429,
    "unknown": 404,
    "unavailable": 503,
}
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_BYTES_OF_CHARACTER = 12  # at most, as JSON escapes it
_BYTES_BESIDE = 1000


def add_posting(app: FastAPI, connector: WebConnector) -> None:
    """Add POST /c/{token}: `{"id", "text"}` in, `{"receipt"}` out.

    The same id counts once, so a page may send it again until it has an answer. With "too_fast"
    comes `wait_ms`.
    """

    @app.post("/c/{token}", include_in_schema=False)
    async def post(token: str, request: Request) -> JSONResponse:
        most = connector.max_chars * _BYTES_OF_CHARACTER + _BYTES_BESIDE
        body = await body_of(request, most)
        # Of what is too long the rest is not read; it counts for the rate all the same.
        text, id_ = ("x" * most, "too-long") if body is None else _read(body)
        if _ID.fullmatch(id_) is None:
            return JSONResponse({"receipt": "empty"}, 422)
        receipt = await connector.receive(token, text, id_)
        answer: dict[str, str | int] = {"receipt": receipt}
        if receipt == "too_fast":
            answer["wait_ms"] = ceil(connector.wait_s(token) * 1000)
        return JSONResponse(answer, STATUS[receipt])


def _read(body: bytes) -> tuple[str, str]:
    """Text and id; an empty id for what is no message."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(given, dict):
        return "", ""
    text, id_ = given.get("text"), given.get("id")
    return (text, id_) if isinstance(text, str) and isinstance(id_, str) else ("", "")

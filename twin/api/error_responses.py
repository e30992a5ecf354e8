"""Error responses: one exception, and the two shapes in which clients expect it."""

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlite_utils import Database
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from storage.errors import InputError, TwinError
from storage.plain_text import sendable
from twin.api.schemas import ErrorBody

log = logging.getLogger(__name__)

RETRY_S = 10
MOST_CHARS = 500
KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
Shape = Callable[[HTTPException], Response]
Given = ParamSpec("Given")
T = TypeVar("T")
Responses = dict[int | str, dict[str, Any]]


class ApiError(HTTPException):
    """One line for people; `code` and `param` for programs, named as OpenAI names them."""

    def __init__(
        self,
        status: int,
        line: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, line, headers=headers)
        self.code, self.param = code, param


def plain(error: HTTPException) -> Response:
    """{"error": "one line"}"""
    return _response(error, {"error": _one_line(error.detail)})


def like_openai(error: HTTPException) -> Response:
    """The body of `openai_body`, which OpenAI's clients turn into exceptions."""
    return _response(error, openai_body(error))


def openai_body(error: HTTPException) -> dict[str, Any]:
    """{"error": {"message", "type", "param", "code"}}"""
    usual = "server_error" if error.status_code >= 500 else "invalid_request_error"
    param = getattr(error, "param", None)
    return {
        "error": {
            "message": _one_line(error.detail),
            "type": KINDS.get(error.status_code, usual),
            "param": param and _one_line(param),
            "code": getattr(error, "code", None),
        }
    }


def _response(error: HTTPException, body: dict[str, Any]) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == 503:
        headers.setdefault("Retry-After", str(RETRY_S))
    return JSONResponse(body, error.status_code, headers=headers)


def _one_line(text: str) -> str:
    """What a client sent may be in it, at any length."""
    return " ".join(sendable(text[:MOST_CHARS]).split())


def as_http_error(error: Exception) -> HTTPException:
    """What a client is told of an exception."""
    if isinstance(error, HTTPException):
        return error
    if isinstance(error, InputError):
        return HTTPException(409, str(error))
    if isinstance(error, TwinError):
        return HTTPException(503, str(error))
    if isinstance(error, ClientDisconnect):
        return HTTPException(400, "the client left before its request was complete")
    if isinstance(error, sqlite3.Error):
        return HTTPException(503, "the twin's database can't be used now; come again later")
    log.error("api: a request failed (%s)", type(error).__name__)
    return HTTPException(500, f"{type(error).__name__}; the twin's log says more")


def stopping() -> ApiError:
    return ApiError(503, "the twin is being stopped; come again later", code="stopping")


def answer_errors(app: FastAPI, shape: Shape, invalid: int, paths: str) -> None:
    """Give every error of the app that shape; `invalid`: the status of an unreadable request.

    `paths`: where to find what there is, for who asks for something else.
    """

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and not isinstance(error, ApiError):
            error = ApiError(404, f"there is nothing at this address; {paths}")
        if error.status_code == 405:
            error.headers = {"Allow": ", ".join(_methods_of(app, request))}
        if error.status_code == 400 and not isinstance(error, ApiError):
            # FastAPI's answer to bytes that are not text.
            error = ApiError(invalid, "the request can't be read: its body is not JSON in UTF-8")
        return shape(error)

    async def unreadable(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        line, param = _what_is_wrong(error.errors())
        return shape(ApiError(invalid, line, param=param))

    async def failed(_: Request, error: Exception) -> Response:
        return shape(as_http_error(error))

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, unreadable)
    for kind in (TwinError, sqlite3.Error, ClientDisconnect, Exception):
        app.add_exception_handler(kind, failed)


def _methods_of(app: FastAPI, request: Request) -> list[str]:
    """All methods of the path: the framework names those of the first route only."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    return sorted(
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
        for method in operations
    )


def _what_is_wrong(errors: Sequence[Any]) -> tuple[str, str | None]:
    """One line and the field. Of several faults, the one that lies deepest."""
    first = max(errors, key=lambda error: len(error["loc"]))
    field = ".".join(str(part) for part in first["loc"][1:])
    reason = first["msg"].removeprefix("Value error, ")
    if first["type"] in ("model_type", "model_attributes_type") and not field:
        reason = "its body must be an object in JSON (Content-Type: application/json)"
    if first["type"] == "json_invalid" or not field:
        return f"the request can't be read: {reason}", None
    return f"{field}: {reason}", field


def _documented(**why: str) -> Responses:
    return {
        int(status.lstrip("_")): {"model": ErrorBody, "description": text}
        for status, text in why.items()
    }


may_miss = _documented(_404="There is none of that number or name.")
always_possible = _documented(
    _401="No valid key.",
    _403="The key may only chat.",
    _409="It can't be done with this one; the line says why.",
    _413="The body is too large.",
    _415="The body is compressed.",
    _422="The request can't be read; the line says where.",
    _429="Too many requests with this key; Retry-After says when to come again.",
    _503="The twin can't do it now; the line says why.",
)


def found(
    look: Callable[Concatenate[Database, Given], T],
    db: Database,
    *given: Given.args,
    **more: Given.kwargs,
) -> T:
    """What `look` finds. Raises ApiError (404) when there is nothing of that number or name."""
    try:
        return look(db, *given, **more)
    except InputError as error:
        raise ApiError(404, str(error)) from error

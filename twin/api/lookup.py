"""What a path names, or 404."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from storage.errors import InputError
from twin.api.records import Problem
from twin.api.refusals import Refused

Given = ParamSpec("Given")
T = TypeVar("T")
Responses = dict[int | str, dict[str, Any]]


def _documented(**why: str) -> Responses:
    return {
        int(status.lstrip("_")): {"model": Problem, "description": text}
        for status, text in why.items()
    }


may_miss = _documented(_404="There is none of that number or name.")
always_possible = _documented(
    _401="No valid key.",
    _403="The key may only chat.",
    _409="It can't be done with this one; the line says why.",
    _413="The body is too large.",
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
    """What `look` finds. Raises Refused where it knows nothing of that number or name."""
    try:
        return look(db, *given, **more)
    except InputError as error:
        raise Refused(404, str(error)) from error

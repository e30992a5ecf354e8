"""Puts the API's routes on an app."""

import re
import sqlite3

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.routing import Mount

from storage.errors import TwinError
from storage.keys import Scope
from twin.api.auth import ApiKeyAuth, KeyUse
from twin.api.context import ApiContext
from twin.api.error_responses import ApiError, Shape, always_possible, like_openai, plain, refuse_as
from twin.api.metrics import Figures
from twin.api.openai import openai_app
from twin.api.routes import adapters_router, chats_router, drafts_router, pauses_router, runs_router

INVALID = 422
ABOUT = """\
Chats, drafts, training runs and adapters of one twin. Every request needs the header
`Authorization: Bearer KEY` with a key of scope `manage` (`bot.py keys create NAME --scope manage`).
An error is one line: `{"error": "what was given, why it fails, what to do"}`."""
KB = 1024


def rest_app(context: ApiContext) -> FastAPI:
    app = FastAPI(
        title="Digital twin",
        version="1",
        description=ABOUT,
        docs_url=None,  # their pages load programs from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        # For the description alone: the middleware has checked the key before.
        dependencies=[Depends(HTTPBearer(auto_error=False, description="A key of scope manage."))],
        responses=always_possible,
    )
    refuse_as(app, plain, INVALID)
    for router in (chats_router, pauses_router, drafts_router, runs_router, adapters_router):
        app.include_router(router(context))
    return app


def add_api(app: FastAPI, context: ApiContext) -> None:
    """/healthz for everybody; /v1, /api and /metrics for who has a key, if [api] is enabled.

    Before anything that takes every path: the first route that fits answers.
    """
    _add_health(app, context)
    if not context.config.api.enabled:
        return
    keeper = KeyUse(context)
    _mount(app, "/v1", openai_app(context), context, keeper, "chat", like_openai)
    _mount(app, "/api", rest_app(context), context, keeper, "manage", plain)
    _add_metrics(app, context, keeper)


def _mount(
    app: FastAPI,
    path: str,
    part: FastAPI,
    context: ApiContext,
    keeper: KeyUse,
    needs: Scope,
    shape: Shape,
) -> None:
    most = context.config.api.max_body_kb * KB
    part.add_middleware(ApiKeyAuth, keeper=keeper, needs=needs, shape=shape, max_bytes=most)
    mount = Mount(path, app=part)
    # Its own pattern ends at a line break: such an address would fall through to other routes.
    mount.path_regex = re.compile(f"^{path}/(?P<path>.*)$", re.DOTALL)
    app.router.routes.append(mount)


def _add_health(app: FastAPI, context: ApiContext) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def health() -> Response:
        """Whether messages can be logged and answered; nothing else is told."""
        try:
            _ = context.engine.adapter
            context.db.execute("SELECT 1 FROM chats LIMIT 1").fetchone()
        except (TwinError, sqlite3.Error):  # no model is loaded, or the disk is gone
            return JSONResponse({"status": "unavailable"}, 503)
        return JSONResponse({"status": "ok"})


def _add_metrics(app: FastAPI, context: ApiContext, keeper: KeyUse) -> None:
    figures = Figures(context)

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        try:
            key = keeper.admit(request.headers, "manage")
            keeper.enter(key)
        except ApiError as error:
            return plain(error)
        try:
            return Response(figures.text(), media_type=CONTENT_TYPE_LATEST)
        finally:
            keeper.leave(key)

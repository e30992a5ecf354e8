"""Mount the API on a web application."""

import re
import sqlite3
from collections.abc import Sequence

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp

from storage.errors import TwinError
from storage.keys import Scope
from twin.api.auth import ApiKeyAuth, KeyUse
from twin.api.context import ApiContext
from twin.api.error_responses import (
    RETRY_S,
    ApiError,
    Shape,
    always_possible,
    answer_errors,
    as_http_error,
    like_openai,
    plain,
)
from twin.api.fact_routes import fact_changes_router, fact_decisions_router, facts_router
from twin.api.metrics import Metrics
from twin.api.openai import LEFT_OUT, openai_app
from twin.api.routes import (
    adapters_router,
    chats_router,
    drafts_router,
    messages_router,
    pauses_router,
    people_router,
    runs_router,
)

ROUTERS = (
    *(chats_router, messages_router, pauses_router, people_router),
    *(facts_router, fact_changes_router, fact_decisions_router),
    *(drafts_router, runs_router, adapters_router),
)
INVALID = 422
ABOUT = """\
Chats, facts, drafts, training runs and adapters of one twin. Every request needs the header
`Authorization: Bearer KEY` with a key of scope `manage` (`bot.py keys create NAME --scope manage`).
An error is one line: `{"error": "what was given, why it fails, what to do"}`."""
KB = 1024


def rest_app(context: ApiContext) -> FastAPI:
    """The REST API, with its description at /openapi.json."""
    app = FastAPI(
        title="Digital twin",
        version="1",
        description=ABOUT,
        docs_url=None,  # its pages load scripts from other hosts
        redoc_url=None,
        redirect_slashes=False,
        # For the description only: `ApiKeyAuth` has checked the key before.
        dependencies=[Depends(HTTPBearer(auto_error=False, description="A key of scope manage."))],
        responses=always_possible,
    )
    answer_errors(app, plain, INVALID, "GET /api/openapi.json describes all of /api")
    for router in ROUTERS:
        app.include_router(router(context))
    return app


def add_api(app: FastAPI, context: ApiContext) -> None:
    """Add /healthz for everybody; /v1, /api and /metrics for holders of a key, if [api] is enabled.

    To be called before a route that takes every path is added: the first that matches answers.
    """
    _add_health(app, context)
    if not context.config.api.enabled:
        return
    key_use = KeyUse(context)
    _mount(app, "/v1", openai_app(context), context, key_use, "chat", like_openai)
    _mount(app, "/api", rest_app(context), context, key_use, "manage", plain)
    _add_metrics(app, context, key_use)


def _mount(
    app: FastAPI,
    path: str,
    sub_app: FastAPI,
    context: ApiContext,
    key_use: KeyUse,
    needs: Scope,
    shape: Shape,
) -> None:
    max_bytes = context.config.api.max_body_kb * KB
    sub_app.add_middleware(
        ApiKeyAuth, key_use=key_use, needs=needs, shape=shape, max_bytes=max_bytes
    )
    mount = Mount(path, app=_for_pages_of(context.config.api.origins, sub_app))
    # Mount's own pattern stops at a line break: such a path would fall through to other routes.
    mount.path_regex = re.compile(f"^{path}/(?P<path>.*)$", re.DOTALL)
    app.router.routes.append(mount)


def _for_pages_of(origins: Sequence[str], app: ASGIApp) -> ASGIApp:
    """The same, for scripts of these pages too. Outermost: a preflight has no key, and a script
    may read errors. Without credentials: a cookie of ours is nothing here.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST", "PATCH", "DELETE"),
        allow_headers=("*",),
        allow_private_network=True,  # from a page on the internet to a bot at home
        expose_headers=(LEFT_OUT, "Retry-After"),
    )


def _add_health(app: FastAPI, context: ApiContext) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def health() -> Response:
        """Whether messages can be logged and answered, and nothing else."""
        try:
            _ = context.engine.adapter
            context.db.execute("SELECT 1 FROM chats LIMIT 1").fetchone()
        except (TwinError, sqlite3.Error):  # no model is loaded, or the disk is gone
            wait = {"Retry-After": str(RETRY_S)}
            return JSONResponse({"status": "unavailable"}, 503, headers=wait)
        return JSONResponse({"status": "ok"})


def _add_metrics(app: FastAPI, context: ApiContext, key_use: KeyUse) -> None:
    page = Metrics(context)

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        try:
            key = key_use.admit(request.headers, "manage")
            key_use.enter(key)
        except (ApiError, sqlite3.Error) as error:
            return plain(as_http_error(error))
        try:
            return Response(page.text(), media_type=CONTENT_TYPE_LATEST)
        except sqlite3.Error as error:
            return plain(as_http_error(error))
        finally:
            key_use.leave(key)

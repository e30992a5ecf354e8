"""Puts the API's routes on an app."""

import sqlite3

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from storage.errors import TwinError
from storage.keys import Scope
from twin.api.door import Door, Keeper
from twin.api.house import House
from twin.api.metrics import Figures
from twin.api.openai import openai_app
from twin.api.refusals import Refused, Shape, like_openai, plain
from twin.api.rest import rest_app

KB = 1024


def add_api(app: FastAPI, house: House) -> None:
    """/healthz for everybody; /v1, /api and /metrics for who has a key, if [api] is enabled.

    Before anything that takes every path: the first route that fits answers.
    """
    _add_health(app, house)
    if not house.config.api.enabled:
        return
    keeper = Keeper(house)
    _mount(app, "/v1", openai_app(house), house, keeper, "chat", like_openai)
    _mount(app, "/api", rest_app(house), house, keeper, "manage", plain)
    _add_metrics(app, house, keeper)


def _mount(
    app: FastAPI,
    path: str,
    part: FastAPI,
    house: House,
    keeper: Keeper,
    needs: Scope,
    shape: Shape,
) -> None:
    most = house.config.api.max_body_kb * KB
    part.add_middleware(Door, keeper=keeper, needs=needs, shape=shape, max_bytes=most)
    app.mount(path, part)


def _add_health(app: FastAPI, house: House) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def health() -> Response:
        """Whether messages can be logged and answered; nothing else is told."""
        try:
            _ = house.engine.adapter
            house.db.execute("SELECT 1 FROM chats LIMIT 1").fetchone()
        except (TwinError, sqlite3.Error):  # no model is loaded, or the disk is gone
            return JSONResponse({"status": "unavailable"}, 503)
        return JSONResponse({"status": "ok"})


def _add_metrics(app: FastAPI, house: House, keeper: Keeper) -> None:
    figures = Figures(house)

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        try:
            key = keeper.admit(request.headers, "manage")
            keeper.enter(key)
        except Refused as error:
            return plain(error)
        try:
            return Response(figures.text(), media_type=CONTENT_TYPE_LATEST)
        finally:
            keeper.leave(key)

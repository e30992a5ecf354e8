"""/api: a small REST API for the owner's programs."""

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

from twin.api.chats import chats_router
from twin.api.drafts import drafts_router
from twin.api.house import House
from twin.api.learning import adapters_router, runs_router
from twin.api.lookup import always_possible
from twin.api.pauses import pauses_router
from twin.api.refusals import plain, refuse_as

INVALID = 422
ABOUT = """\
Chats, drafts, training runs and adapters of one twin. Every request needs the header
`Authorization: Bearer KEY` with a key of scope `manage` (`bot.py keys create NAME --scope manage`).
An error is one line: `{"error": "what was given, why it fails, what to do"}`."""


def rest_app(house: House) -> FastAPI:
    app = FastAPI(
        title="Digital twin",
        version="1",
        description=ABOUT,
        docs_url=None,  # their pages load programs from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        # For the description alone: the door has asked for the key before.
        dependencies=[Depends(HTTPBearer(auto_error=False, description="A key of scope manage."))],
        responses=always_possible,
    )
    refuse_as(app, plain, INVALID)
    for router in (chats_router, pauses_router, drafts_router, runs_router, adapters_router):
        app.include_router(router(house))
    return app

"""The wrong-person table: every route of the program, and what each kind of visitor gets there.

Each visitor but the owner tries what they have, a friend's link or an API key, as everything that a
request can carry. A new route needs a row here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from nicegui import app as nicegui_app
from nicegui.version import __version__ as version

from storage.invites import create_invite
from storage.keys import create_key
from tests.twin.dashboard.stage import PASSWORD, Stage
from twin.dashboard.auth.middleware import COOKIE

NOBODYS = "nonsense"
HOUR_S = 3600


class Row(NamedTuple):
    nobody: int
    friend_a: int
    friend_b: int
    chat_key: int
    manage_key: int
    owner: int


def managed(status: int) -> Row:
    """Of the REST API: a key that may steer, and nothing else."""
    return Row(401, 401, 401, 403, status, 401)


EVERYONE = Row(200, 200, 200, 200, 200, 200)
OWNER = Row(303, 303, 303, 303, 303, 200)
ABSENT = Row(404, 404, 404, 404, 404, 404)
ROWS: Mapping[str, Row] = {
    "GET /": OWNER,
    "GET /chats": OWNER,
    "GET /chats/{number}": OWNER,
    "GET /chats/{number}/media/{message}": Row(303, 303, 303, 303, 303, 404),
    "GET /people": OWNER,
    "GET /drafts": OWNER,
    "GET /memory": OWNER,
    "GET /training": OWNER,
    "GET /training/{number}": OWNER,
    "GET /training/{number}/report": Row(303, 303, 303, 303, 303, 404),
    "GET /data": OWNER,
    "GET /data/samples": OWNER,
    "GET /data/voices": OWNER,
    "GET /data/backups": OWNER,
    "GET /data/backups/{name}": Row(303, 303, 303, 303, 303, 404),
    "POST /data/upload/{key}": Row(401, 401, 401, 401, 401, 404),
    "GET /reports/{path:path}": Row(303, 303, 303, 303, 303, 404),
    "GET /try": OWNER,
    "GET /blind": OWNER,
    "GET /settings": OWNER,
    "GET /setup": OWNER,
    "GET /notifications": OWNER,
    "POST /notifications/renewed": Row(401, 401, 401, 401, 401, 422),  # without an address
    # A friend's link opens that friend's page: `friend_a` asks for their own.
    "GET /c/{token}": Row(404, 200, 200, 404, 404, 404),
    "POST /c/{token}": Row(422, 422, 422, 422, 422, 422),  # without a message
    # The link of a friend's test is another than that of their page; see tests/twin/blind.
    "GET /b/{token}": ABSENT,
    "POST /b/{token}": ABSENT,
    "GET /password": OWNER,
    "POST /password": Row(401, 401, 401, 401, 401, 403),  # without the current one
    "GET /login": EVERYONE,
    # Without the password; the sixth try from one address has to wait.
    "POST /login": Row(403, 403, 403, 403, 403, 429),
    "POST /logout": Row(303, 303, 303, 303, 303, 303),
    "GET /first-password": EVERYONE,
    "POST /first-password": Row(403, 403, 403, 403, 403, 403),  # without the link from the terminal
    "GET /favicon.ico": EVERYONE,
    "GET /manifest.webmanifest": EVERYONE,
    "GET /service-worker.js": EVERYONE,
    "GET /offline": EVERYONE,
    "GET /icons/{name}.png": ABSENT,  # "1" is none of them
    "GET /healthz": EVERYONE,
    # The API takes keys alone: the owner's own session is none.
    "GET /metrics": managed(200),
    "GET /v1/models": Row(401, 401, 401, 200, 200, 401),
    "GET /v1/models/{name}": Row(401, 401, 401, 404, 404, 401),
    "POST /v1/chat/completions": Row(401, 401, 401, 400, 400, 401),  # without a message
    "GET /api/openapi.json": managed(200),
    "GET /api/adapters": managed(200),
    "POST /api/adapters/rollback": managed(409),
    "POST /api/adapters/{name}/promote": managed(404),
    "GET /api/chats": managed(200),
    "GET /api/chats/{chat}": managed(200),
    "PATCH /api/chats/{chat}": managed(422),
    "GET /api/chats/{chat}/messages": managed(200),
    "GET /api/chats/{chat}/decisions": managed(200),
    "POST /api/chats/{chat}/pause": managed(422),
    "DELETE /api/chats/{chat}/pause": managed(200),
    "GET /api/messages": managed(422),  # without a word to look for
    "GET /api/people": managed(200),
    "POST /api/people": managed(422),
    "DELETE /api/chats/{chat}/people": managed(409),
    "GET /api/facts": managed(200),
    "POST /api/facts": managed(422),
    "PATCH /api/facts/{fact}": managed(422),
    "DELETE /api/facts/{fact}": managed(404),
    "POST /api/facts/{fact}/release": managed(422),
    "POST /api/facts/{fact}/withdraw": managed(422),
    "POST /api/facts/{fact}/keep": managed(404),
    "POST /api/facts/{fact}/reject": managed(404),
    "GET /api/drafts": managed(200),
    "POST /api/drafts/{draft}/approve": managed(404),
    "POST /api/drafts/{draft}/edit": managed(422),
    "POST /api/drafts/{draft}/reject": managed(404),
    "POST /api/pause": managed(422),
    "DELETE /api/pause": managed(200),
    "GET /api/runs": managed(200),
    "POST /api/runs": managed(202),
    "GET /api/runs/{run}": managed(404),
    # NiceGUI's own files; the names here are of none.
    f"GET /_nicegui/{version}/libraries/{{key:path}}": ABSENT,
    f"GET /_nicegui/{version}/components/{{key:path}}": ABSENT,
    f"GET /_nicegui/{version}/resources/{{key}}/{{path:path}}": ABSENT,
    f"GET /_nicegui/{version}/esm/{{key}}/{{path:path}}": ABSENT,
    f"GET /_nicegui/{version}/dynamic_resources/{{name}}": Row(303, 303, 303, 303, 303, 404),
    f"GET /_nicegui/{version}/static/": ABSENT,
    "GET /_nicegui_ws/": Row(404, 404, 404, 404, 404, 404),  # the socket is below it
}


def routes_of(app: Any, prefix: str = "") -> Iterator[str]:
    """ "METHOD path" of each route, those of applications within too."""
    for route in app.routes:
        included = getattr(route, "original_router", None)
        inner = getattr(route, "app", None)
        if included is not None:
            yield from routes_of(included, prefix)
        elif getattr(inner, "routes", None) and not getattr(route, "methods", None):
            yield from routes_of(inner, prefix + route.path)
        elif methods := getattr(route, "methods", None):
            yield from (f"{method} {prefix}{route.path}" for method in methods - {"HEAD"})
        else:
            yield f"GET {prefix}{route.path}/"


def unknown_routes(stage: Stage) -> set[str]:
    return set(routes_of(stage.app)) ^ set(ROWS)


async def status(stage: Stage, route: str, credential: str, *, is_owner: bool = False) -> int:
    method, _, path = route.partition(" ")
    path = path.replace("{token}", credential or NOBODYS)
    path = re.sub(r"\{.*?\}", "1", path)
    async with stage.http() as http:
        if is_owner:
            await stage.log_in(http)
        elif credential:
            http.cookies.set(COOKIE, credential)
            http.headers["Authorization"] = f"Bearer {credential}"
        data = {"password": "x" * 9, "again": "x" * 9} if method == "POST" else None
        return (await http.request(method, path, data=data)).status_code


async def test_every_route_has_a_row(stage: Stage) -> None:
    assert any(route.startswith("GET /c/") for route in routes_of(nicegui_app))
    assert unknown_routes(stage) == set()


async def test_everyone_gets_what_is_his(stage: Stage) -> None:
    ann, _ = create_invite(stage.db, "Ann")
    ben, _ = create_invite(stage.db, "Ben")
    chat_key, _ = create_key(stage.db, "other program", "chat")
    manage_key, _ = create_key(stage.db, "mine", "manage")
    got = {}
    for route in ROWS:
        await stage.time.advance(HOUR_S)  # wrong passwords are forgiven by then
        got[route] = Row(
            await status(stage, route, ""),
            await status(stage, route, ann),
            await status(stage, route, ben),
            await status(stage, route, chat_key),
            await status(stage, route, manage_key),
            await status(stage, route, "", is_owner=True),
        )
    assert got == ROWS


async def test_no_address_beside_the_routes_leads_around_the_gate(stage: Stage) -> None:
    assert PASSWORD
    async with stage.http() as http:
        for path in ("/c/../", "//", "/%2e", "/login/..", "/_nicegui/client/1/upload/2", "/C/x"):
            assert (await http.get(path)).status_code in (303, 404)

"""What the friends' page posts, and what others post to it."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlite_utils import Database

from storage.invites import create_invite
from storage.messages import messages_of_chat
from tests.twin.connectors.web.serving import FriendsPage
from tests.twin.test_inbox import Notes
from twin.inbox import Inbox

pytestmark = pytest.mark.server

MOST = 20


@pytest.fixture
async def http(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    page = FriendsPage(db, clock=lambda: 0.0, rate_per_minute=20, max_chars=MOST)
    async with page.run(Inbox(db, Notes()).handle):
        url = page.server.address
        async with httpx.AsyncClient(base_url=url, headers={"Origin": url}) as client:
            yield client


def message(text: str, id_: str = "1") -> bytes:
    return json.dumps({"id": id_, "text": text}).encode()


async def test_each_answer_says_what_became_of_it(db: Database, http: httpx.AsyncClient) -> None:
    token, chat = create_invite(db, "Ann")

    async def post(text: str, id_: str) -> tuple[int, object]:
        answer = await http.post(f"/c/{token}", content=message(text, id_))
        return answer.status_code, answer.json()

    accepted = (200, {"receipt": "accepted"})
    assert [await post("hi", "1"), await post("hi", "1")] == [accepted, accepted]
    assert await post("x" * (MOST + 1), "2") == (413, {"receipt": "too_long"})
    assert await post("😀" * MOST, "3") == accepted
    # A body that is far too long is not read, and counts all the same.
    for number in range(17):
        assert (await post("x" * 10_000, f"long-{number}"))[0] == 413
    assert await post("hi", "4") == (429, {"receipt": "too_fast", "wait_ms": 60_000})
    assert [m.text for m in messages_of_chat(db, chat.id)] == ["hi", "😀" * MOST]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b"null", 422),
        (b"[" * 1000, 422),
        (b"\xff\xfe", 422),
        (b'{"id": 1, "text": "a"}', 422),
        (b'{"id": "1", "text": null}', 422),
        (b'{"id": "\\ud83d", "text": "a"}', 422),
        (message("a", "x" * 65), 422),
        (message("a", "1\n"), 422),
        (message(" \0 "), 200),
        (b'{"id": "1", "text": "\\ud83d"}', 200),
        (b'{"id": "1", "text": "a\\u0000\\ude00"}', 200),
    ],
)
async def test_hostile_bodies_are_no_error(
    db: Database, http: httpx.AsyncClient, body: bytes, status: int
) -> None:
    token, chat = create_invite(db, "Ann")
    answer = await http.post(f"/c/{token}", content=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"receipt"}
    logged = "".join(message.text for message in messages_of_chat(db, chat.id))
    assert "\0" not in logged


async def test_other_pages_and_closed_links_get_nothing_in(
    db: Database, http: httpx.AsyncClient
) -> None:
    token, chat = create_invite(db, "Ann")
    foreign = await http.post(
        f"/c/{token}", content=message("hi"), headers={"Origin": "http://evil.example"}
    )
    unknown = await http.post("/c/nonsense", content=message("hi"))
    assert (foreign.status_code, unknown.status_code) == (403, 404)
    assert unknown.json() == {"receipt": "unknown"}
    assert list(messages_of_chat(db, chat.id)) == []

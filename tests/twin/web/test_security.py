"""Foreign pages, foreign names, and what every response says."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from storage.invites import create_invite
from tests.twin.dashboard.stage import PASSWORD, Stage
from twin.web.security import is_foreign, is_loopback

SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8080", True),
        ("127.0.0.1", True),
        ("[::1]:8080", True),
        ("192.168.1.7:8080", True),
        ("twin.example", True),
        ("TWIN.example:443", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("twin.example.evil", False),
        ("", False),
        ("[::1", False),
    ],
)
async def test_only_known_names_are_answered(stage: Stage, host: str, known: bool) -> None:
    async with stage.http(Host=host, Origin=f"http://{host}") as http:
        for path in ("/login", "/c/x", "/favicon.ico"):
            assert ((await http.get(path)).status_code == 421) is not known


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": ""},
        {"Origin": "http://[::1"},
        {"Origin": "http://[bad]"},
    ],
)
async def test_a_foreign_page_cannot_post(stage: Stage, headers: dict[str, str]) -> None:
    async with stage.http(**headers) as http:
        for path in ("/login", "/logout", "/first-password", "/c/x", "/anything"):
            assert (await http.post(path, data={"password": PASSWORD})).status_code == 403


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"cookie": "a=b"}, True),
        ({}, False),
        ({"authorization": "Bearer key"}, False),
    ],
)
def test_who_made_a_request(headers: dict[str, str], foreign: bool) -> None:
    assert is_foreign("POST", "/x", headers | {"host": "a"}) is foreign
    assert not is_foreign("GET", "/x", headers | {"host": "a"})


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
async def test_a_foreign_page_opens_no_socket(stage: Stage, origin: str | None) -> None:
    address = stage.home.replace("http", "ws") + SOCKET
    with pytest.raises(InvalidStatus) as refused:
        async with connect(address, origin=origin):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403
    async with connect(address, origin=stage.home):  # type: ignore[arg-type]
        pass


async def test_every_response_has_the_headers(stage: Stage) -> None:
    token, _ = create_invite(stage.db, "Ann")
    async with stage.http() as http:
        paths = ["/", "/login", f"/c/{token}", "/c/nonsense", "/first-password"]
        answers = [await http.get(path) for path in paths]
        await stage.log_in(http)
        answers += [await http.get("/"), await http.post("/logout")]
        foreign = {"Origin": "http://evil.example"}
        answers.append(await http.post("/login", headers=foreign))
        answers.append(await http.get("/", headers={"Host": "evil.example"}))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


async def test_each_page_has_a_nonce_of_its_own(stage: Stage) -> None:
    async with stage.http() as http:
        await stage.log_in(http)
        pages = [await http.get("/") for _ in range(2)]
    nonces = {page.text.partition('<script nonce="')[2].partition('"')[0] for page in pages}
    assert len(nonces) == 2
    for page in pages:
        assert "<script>" not in page.text


async def test_a_forwarded_prefix_is_not_believed(stage: Stage) -> None:
    async with stage.http(**{"X-Forwarded-Prefix": "//evil.example"}) as http:
        await stage.log_in(http)
        assert "evil.example" not in (await http.get("/")).text


@pytest.mark.parametrize(
    ("name", "loopback"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_what_is_this_machine_alone(name: str, loopback: bool) -> None:
    assert is_loopback(name) is loopback

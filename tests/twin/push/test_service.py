"""One notice to one push service: what it sees, what the browser reads, and what may go wrong."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from storage.errors import InputError, TwinError
from storage.push_devices import Subscription
from tests.twin.push.fake_service import FakeBrowser, FakePushService, decode, decrypt
from twin.push import FOLDER
from twin.push import service as module
from twin.push.server_key import FILE, ServerKey
from twin.push.service import BYTES, NOBODY, Outcome, PushService, encrypted

NOW = 1_790_000_000_000  # UTC milliseconds
CONTACT = "https://twin.example"


@pytest.fixture
async def push(tmp_path: Path) -> AsyncIterator[FakePushService]:
    async with FakePushService(now=lambda: NOW / 1000).running(tmp_path) as running:
        yield running


async def send(
    push: FakePushService, key: ServerKey, subscription: Subscription, kind: str = "draft"
) -> Outcome:
    service = PushService(CONTACT, push.connect)
    content = json.dumps({"body": "两份草稿"}).encode()
    return await service.send(key, subscription, content, kind=kind, urgency="normal", now=NOW)


def test_the_reader_of_these_tests_reads_the_example_of_rfc_8291() -> None:
    private = ec.derive_private_key(
        int.from_bytes(decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"),
        ec.SECP256R1(),
    )
    body = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY"
        "WAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexS"
        "gSxsj_Qulcy4a-fN"
    )
    read = decrypt(private, decode("BTBZMqHH6r4Tts7J_aSIgg"), decode(body))
    assert read == b"When I grow up, I want to be a watermelon"


def test_the_library_reads_what_it_wrote_and_so_do_these_tests() -> None:
    browser = FakeBrowser()
    body = encrypted(browser.subscription, b"hello")
    theirs = http_ece.decrypt(body, private_key=browser.private, auth_secret=browser.auth)
    assert theirs == decrypt(browser.private, browser.auth, body) == b"hello".ljust(BYTES)


async def test_the_browser_reads_it_and_the_service_learns_nothing(
    push: FakePushService, tmp_path: Path
) -> None:
    """Neither the kind, nor by its length what it says, nor that two devices are one owner's."""
    key, first, second = ServerKey(tmp_path), push.browser(), push.browser()
    for browser, kind in ((first, "draft"), (first, "draft"), (first, "held"), (second, "draft")):
        assert await send(push, key, browser.subscription, kind) == Outcome("taken")
    assert push.refused == []
    assert first.shown[0] == {"body": "两份草稿"}
    assert len({request.length for request in push.requests}) == 1
    assert {request.key for request in push.requests} == {key.public}
    topics = [request.topic for request in push.requests]
    assert topics[0] == topics[1]
    assert len(set(topics)) == 3
    assert all(request.ttl > 0 for request in push.requests)


@pytest.mark.parametrize(
    "contact",
    [
        CONTACT,
        # None of the internet's. The library signs nothing for some of them.
        *("", "http://twin.example:8080", "https://twin.example:8443", "https://10.0.0.2"),
        *("https://twin", "https://localhost", "https://printer.local"),
    ],
)
async def test_whom_the_service_may_ask(
    push: FakePushService, tmp_path: Path, contact: str
) -> None:
    service, browser = PushService(contact, push.connect), push.browser()
    outcome = await service.send(
        ServerKey(tmp_path), browser.subscription, b"{}", kind="draft", urgency="low", now=NOW
    )
    assert (outcome, push.refused) == (Outcome("taken"), [])
    told = contact if contact == CONTACT else NOBODY
    assert [request.contact for request in push.requests] == [told]


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (202, {}, Outcome("taken")),
        (404, {}, Outcome("gone", 404)),
        (410, {}, Outcome("gone", 410)),
        (429, {"Retry-After": "120"}, Outcome("later", 429, 120.0)),
        (429, {"Retry-After": "9" * 400}, Outcome("later", 429, 3600.0)),
        (503, {"Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT"}, Outcome("later", 503)),
        (503, {"Retry-After": "²"}, Outcome("later", 503)),
        (403, {}, Outcome("refused", 403)),
        (413, {}, Outcome("refused", 413)),
        # It could lead into the owner's own network.
        (307, {"Location": "https://127.0.0.1/"}, Outcome("refused", 307)),
    ],
)
async def test_what_the_service_answers(
    push: FakePushService, tmp_path: Path, status: int, headers: dict[str, str], outcome: Outcome
) -> None:
    push.answers.append((status, headers))
    assert await send(push, ServerKey(tmp_path), push.browser().subscription) == outcome
    assert push.asked == 1


async def test_a_service_that_is_not_there_or_never_answers(
    push: FakePushService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ServerKey(tmp_path)
    elsewhere = FakeBrowser("another.example").subscription  # no certificate for that name
    assert await send(push, key, elsewhere) == Outcome("later", 0)
    assert push.asked == 0
    assert await send(FakePushService(), key, elsewhere) == Outcome("later", 0)
    monkeypatch.setattr(module, "LIMIT_S", 0.0)
    assert await send(push, key, push.browser().subscription) == Outcome("later", 0)
    await asyncio.sleep(0)


async def test_the_owners_proxy_is_used_and_no_password_of_theirs_is_sent(
    push: FakePushService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, given = ServerKey(tmp_path), push.browser().subscription
    (tmp_path / "netrc").write_text("default login owner password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert await send(push, key, given) == Outcome("taken")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")  # nobody listens there
    assert await send(push, key, given) == Outcome("later", 0)
    monkeypatch.setenv("NO_PROXY", "push.example")
    assert await send(push, key, given) == Outcome("taken")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")  # aiohttp has no way through it
    assert await send(push, key, given) == Outcome("later", 0)


GOOD = FakeBrowser().subscription


@pytest.mark.parametrize(
    "subscription",
    [
        Subscription(GOOD.endpoint, "", GOOD.auth),
        Subscription(GOOD.endpoint, "BA" + "A" * 85, GOOD.auth),  # no point of the curve
        Subscription(GOOD.endpoint, GOOD.p256dh[:-8], GOOD.auth),
        Subscription(GOOD.endpoint, "é" * 87, GOOD.auth),
        Subscription(GOOD.endpoint, GOOD.p256dh, "short"),
        Subscription(GOOD.endpoint, GOOD.p256dh, GOOD.auth * 2),
    ],
)
def test_keys_that_are_none(subscription: Subscription) -> None:
    with pytest.raises(InputError, match="keys can't be used"):
        encrypted(subscription, b"")


def test_the_key_is_the_same_after_a_restart_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    made = ServerKey(tmp_path)
    file = tmp_path / FOLDER / FILE
    assert ServerKey(tmp_path).public == made.public
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"nonsense", b"-----BEGIN\nAAAA\n-----END", b"\xff" * 99),
        # RFC 8292 has the one curve.
        pytest.param(pem(ec.generate_private_key(ec.SECP384R1())), id="P-384"),
        pytest.param(pem(ed25519.Ed25519PrivateKey.generate()), id="Ed25519"),
    ],
)
def test_a_key_that_is_none_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    ServerKey(tmp_path)
    (tmp_path / FOLDER / FILE).write_bytes(content)
    with pytest.raises(TwinError, match=r"not a key .* add your devices again"):
        ServerKey(tmp_path)

"""A push service and a browser behind it, written from RFC 8030, 8188, 8291 and 8292.

It takes a notice only if everything about it is right, and reads it with the browser's keys.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from storage.push_devices import Subscription
from tests.certificates import certificate

NAME = "push.example"
DAY_S = 24 * 3600
MOST_BYTES = 4096


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def decrypt(private: ec.EllipticCurvePrivateKey, auth: bytes, body: bytes) -> bytes:
    """RFC 8291, section 3.4, with the header of RFC 8188, section 2.1, of one record."""
    salt, key_length = body[:16], body[20]
    sender, sealed = body[21 : 21 + key_length], body[21 + key_length :]
    assert len(sealed) <= int.from_bytes(body[16:20], "big")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
    shared = private.exchange(ec.ECDH(), public)
    info = b"WebPush: info\0" + point(private.public_key()) + sender + b"\x01"
    pseudo_random = _hmac(salt, _hmac(_hmac(auth, shared), info))
    key = _hmac(pseudo_random, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _hmac(pseudo_random, b"Content-Encoding: nonce\0\x01")[:12]
    opened = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
    assert opened.endswith(b"\x02")  # the delimiter of the last record
    return opened[:-1]


def check_signature(header: str, origin: str, now: float) -> tuple[str, str]:
    """The public key and the contact of whoever signed.

    Raises AssertionError for what RFC 8292 does not allow.
    """
    scheme, _, rest = header.partition(" ")
    assert scheme == "vapid"
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = fields["t"].rpartition(".")
    head, claims = (json.loads(decode(part)) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims["aud"] == origin
    assert 0 < claims["exp"] - now <= DAY_S
    assert claims["sub"].startswith(("https://", "mailto:"))
    raw = decode(fields["t"].rpartition(".")[2])
    halves = [int.from_bytes(raw[at : at + 32], "big") for at in (0, 32)]
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(fields["k"]))
    assert signature
    try:
        key.verify(encode_dss_signature(*halves), signed.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise AssertionError("not signed with that key") from None
    return fields["k"], claims["sub"]


class FakeBrowser:
    """One that was allowed to show notices: `subscription` is what its page hands in."""

    def __init__(self, name: str = NAME) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.subscription = Subscription(
            f"https://{name}/send/{encode(os.urandom(24))}",
            encode(point(self.private.public_key())),
            encode(self.auth),
        )
        self.shown: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True)
class Request:
    """What was accepted, as the service sees it."""

    path: str
    ttl: int
    urgency: str
    topic: str
    length: int
    key: str
    contact: str


@dataclass
class FakePushService:
    """`answers`: (status, headers) of the next requests, instead of what is right."""

    now: Callable[[], float] = time.time
    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    asked: int = 0
    _browsers: dict[str, FakeBrowser] = field(default_factory=dict)
    _port: int = 1  # nobody listens there
    _trusted: ssl.SSLContext | bool = True

    def browser(self) -> FakeBrowser:
        made = FakeBrowser()
        self._browsers[made.subscription.endpoint] = made
        return made

    def connect(self) -> aiohttp.TCPConnector:
        """Every name leads here."""
        return aiohttp.TCPConnector(resolver=_Here(self._port), ssl=self._trusted)

    @asynccontextmanager
    async def running(self, folder: Path) -> AsyncIterator["FakePushService"]:
        cert, key = certificate(folder, NAME)
        served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        served.load_cert_chain(cert, key)
        self._trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._trusted.load_verify_locations(cert)
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=served)
        await site.start()
        [address] = runner.addresses
        self._port = address[1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.answers:
            status, headers = self.answers.popleft()
            return web.Response(status=status, headers=headers)
        browser = self._browsers.get(f"https://{NAME}{request.path}")
        if browser is None:
            return web.Response(status=410)
        try:
            self._accept(browser, request, await request.read())
        except Exception as error:  # boundary: a test looks at what was wrong
            self.refused.append(repr(error))
            return web.Response(status=400)
        return web.Response(status=201, headers={"Location": f"https://{NAME}/m/1"})

    def _accept(self, browser: FakeBrowser, request: web.Request, body: bytes) -> None:
        headers = request.headers
        assert headers["Content-Encoding"] == "aes128gcm"
        assert headers["Urgency"] in ("very-low", "low", "normal", "high")
        assert len(headers["Topic"]) <= 32
        decode(headers["Topic"])
        assert len(body) <= MOST_BYTES
        signed = check_signature(headers["Authorization"], f"https://{NAME}", self.now())
        browser.shown.append(json.loads(decrypt(browser.private, browser.auth, body)))
        self.requests.append(
            Request(
                *(request.path, int(headers["TTL"]), headers["Urgency"], headers["Topic"]),
                *(len(body), *signed),
            )
        )


class _Here(AbstractResolver):
    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None: ...

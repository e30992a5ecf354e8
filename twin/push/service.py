"""Hand one notice to a device's push service: encrypted for the device alone (RFC 8291, 8030)."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.request import getproxies, proxy_bypass

import aiohttp
import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid.utils import b64urldecode, b64urlencode
from yarl import URL

from storage.errors import InputError
from storage.push_devices import Subscription
from storage.texts import Text
from twin.push.address import PublicResolver, service_address
from twin.push.server_key import ServerKey

log = logging.getLogger(__name__)

TTL_S = 24 * 3600  # so long the push service keeps it for a device that is off
LIMIT_S = 15.0
LONGEST_WAIT_S = 3600.0
BYTES = 3072  # of every notice: its length tells nothing. Push services take 4096, encrypted.
NOBODY = "mailto:nobody@example.com"  # Apple's service refuses what is signed by one at localhost
_LOCAL = (".local", ".localhost")
TOPIC_CHARS = 32  # RFC 8030

Urgency = Literal["low", "normal", "high"]
# Gone: the browser gave the subscription up. Later: it may be tried again after `wait_s`.
Fate = Literal["taken", "gone", "later", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`failure`: the status of what was not taken; 0: the service was not reached. `wait_s`: how
    long it asks to wait.
    """

    fate: Fate
    failure: int | None = None
    wait_s: float = 0.0


def failure_text(failure: int) -> Text:
    """For the owner."""
    if failure:
        return Text("the push service of its browser answered {status}", status=failure)
    return Text("the push service of its browser was not reached")


def encrypted(subscription: Subscription, content: bytes) -> bytes:
    """For the one browser of the subscription. Raises InputError for keys that are none.

    `content` has `BYTES` bytes at most, and is filled up with blanks.
    """
    assert len(content) <= BYTES
    try:
        browser, secret = (
            b64urldecode(key.encode("ascii")) for key in (subscription.p256dh, subscription.auth)
        )
        if len(secret) != 16:
            raise ValueError
        sealed: bytes = http_ece.encrypt(
            content.ljust(BYTES),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=browser,
            auth_secret=secret,
            version="aes128gcm",
        )
    except (ValueError, http_ece.ECEException):
        raise InputError(Text("this browser's keys can't be used; try another browser")) from None
    return sealed


def topic(subscription: Subscription, kind: str) -> str:
    """Under which a later notice of that kind replaces one that still waits at the service.

    The service is not to learn the kind, nor that two devices have the same owner.
    """
    hashed = hashlib.sha256(f"{subscription.auth} {kind}".encode()).digest()
    return str(b64urlencode(hashed))[:TOPIC_CHARS]


class PushService:
    """`contact`: the address of the pages, where a push service's people find who sends (RFC 8292).

    `connect`: makes what requests go through, unless the environment names a proxy: that is the
    owner's own, and finds the addresses itself.
    """

    def __init__(
        self,
        contact: str,
        connect: Callable[[], aiohttp.TCPConnector] = lambda: aiohttp.TCPConnector(
            resolver=PublicResolver(), use_dns_cache=False
        ),
    ) -> None:
        self._contact = _contact(contact)
        self._connect = connect

    async def send(
        self,
        key: ServerKey,
        subscription: Subscription,
        content: bytes,
        *,
        kind: str,
        urgency: Urgency,
        now: int,
    ) -> Outcome:
        """What became of it; never raises for what the service or the network does."""
        try:
            url = service_address(subscription.endpoint)
            body = encrypted(subscription, content)
        except InputError:
            return Outcome("gone", 0)
        headers = {
            "Authorization": key.authorization(str(url.origin()), self._contact, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_S),
            "Urgency": urgency,
            "Topic": topic(subscription, kind),
        }
        try:
            async with asyncio.timeout(LIMIT_S):
                return await self._post(url, body, headers)
        except (aiohttp.ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            log.info("a push service was not reached (%s)", type(error).__name__)
            return Outcome("later", 0)

    async def _post(self, url: URL, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Nothing is followed, kept or read of the answer but its status and how long to wait."""
        proxy = _proxy_to(str(url.host))
        connector = aiohttp.TCPConnector() if proxy else self._connect()
        no_cookies = aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(connector=connector, cookie_jar=no_cookies) as session,
            session.post(
                url, data=body, headers=headers, allow_redirects=False, proxy=proxy
            ) as answer,
        ):
            return _outcome(answer.status, answer.headers.get("Retry-After", ""))


def _contact(address: str) -> str:
    """The address if it may be one of the internet's; otherwise one that leads nowhere."""
    try:
        url = service_address(address)
    except InputError:
        return NOBODY
    return NOBODY if str(url.host).endswith(_LOCAL) else str(url.origin())


def _proxy_to(host: str) -> str | None:
    """Not aiohttp's `trust_env`, which would also send the password that ~/.netrc has for it."""
    proxy = getproxies().get("https")
    return None if proxy is None or proxy_bypass(host) else proxy


def _outcome(status: int, retry_after: str) -> Outcome:
    if 200 <= status < 300:
        return Outcome("taken")
    if status in (404, 410):
        return Outcome("gone", status)
    if status == 429 or status >= 500:
        asked = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
        return Outcome("later", status, min(asked, LONGEST_WAIT_S))
    return Outcome("refused", status)

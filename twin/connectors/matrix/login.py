"""Find the homeserver, log in once, and log out. Every failure is a MatrixError of one line."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from nio import AsyncClientConfig, LoginResponse, WhoamiResponse

from storage.texts import Text
from twin.connectors.matrix.account import Account
from twin.connectors.matrix.client import (
    REQUEST_S,
    Client,
    MatrixError,
    checked,
    explained,
    open_client,
    status_of,
)

DEVICE_NAME = "Digital twin"
ASK_S = 15.0
MOST_BYTES = 50_000
_USER_ID = re.compile(r"@[^\s:]+:(?P<server>[^\s/?#@]+)")
_IMPATIENT = AsyncClientConfig(
    encryption_enabled=False, max_timeouts=0, max_limit_exceeded=0, request_timeout=REQUEST_S
)
_WHERE = "an id such as @sam:example.org"


def server_of(user_id: str) -> str:
    """The server's name in a user's id. Raises MatrixError for what is no id."""
    match = _USER_ID.fullmatch(user_id)
    if match is None:
        raise MatrixError(f"matrix: '{user_id}' is no user; give {_WHERE}")
    return match["server"]


async def find_homeserver(user_id: str) -> str:
    """Its address, as the server's domain tells it under .well-known. Raises MatrixError."""
    server = server_of(user_id)
    async with ClientSession(timeout=ClientTimeout(ASK_S)) as session:
        known = await _json(session, f"https://{server}/.well-known/matrix/client")
    base = known.get("m.homeserver")
    address = base.get("base_url") if isinstance(base, dict) else None
    return checked_address(address if isinstance(address, str) else f"https://{server}")


def checked_address(address: str) -> str:
    """The address without its end. Raises MatrixError for what is none."""
    parts = urlsplit(address.strip())
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.username:
        raise MatrixError(f"matrix: '{address}' is no address of a server; give https://HOST")
    return address.strip().rstrip("/")


async def log_in(homeserver: str, user_id: str, password: str, device_id: str = "") -> Account:
    """`device_id`: that of an earlier login of the same user, which goes on as the same device."""
    server_of(user_id)
    client = Client(homeserver, user_id, device_id, config=_IMPATIENT)
    try:
        with explained(homeserver):
            await _check_takes_password(client, homeserver)
            answer = await client.login(password, DEVICE_NAME)
            if getattr(answer, "status_code", None) == "M_FORBIDDEN":
                raise MatrixError("matrix: the server refuses this name and password; try again")
            found: LoginResponse = checked(answer, Text("logging in"))
    finally:
        await client.close()
    return Account(homeserver, found.user_id, found.device_id, found.access_token)


async def adopt_token(homeserver: str, token: str) -> Account:
    """The login of a token that the owner made elsewhere, asked for whose it is."""
    client = Client(homeserver, config=_IMPATIENT)
    client.access_token = token
    try:
        with explained(homeserver):
            answer = await client.whoami()
            if getattr(answer, "status_code", None) in ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"):
                raise MatrixError(
                    "matrix: the server does not know this access token; make another"
                )
            found: WhoamiResponse = checked(answer, Text("asking whose the access token is"))
    finally:
        await client.close()
    if not found.device_id:
        raise MatrixError("matrix: this access token belongs to no device; make one by logging in")
    return Account(homeserver, found.user_id, found.device_id, token)


async def log_out(account: Account) -> None:
    """End the login at the server. Raises LoginEndedError where it has ended before."""
    client = open_client(account)
    try:
        with explained(account.homeserver):
            checked(await client.logout(), Text("logging out"))
    finally:
        await client.close()


async def _check_takes_password(client: Client, homeserver: str) -> None:
    answer = await client.login_info()
    if status_of(answer) >= 500:
        checked(answer, Text("asking how to log in"))
    flows = getattr(answer, "flows", None)
    if flows is None:
        raise MatrixError(f"matrix: {homeserver} is no Matrix server; give its address")
    if "m.login.password" not in flows:
        raise MatrixError(
            f"matrix: {homeserver} takes no password; make an access token in your client and use "
            "`bot.py matrix login --token`"
        )


async def _json(session: ClientSession, address: str) -> dict[str, Any]:
    """A JSON object there; empty where there is none: many servers need no .well-known."""
    try:
        async with session.get(address) as answer:
            if answer.status != 200:
                return {}
            document = json.loads(await _start_of(answer))
    except (ClientError, OSError, TimeoutError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


async def _start_of(answer: ClientResponse) -> bytes:
    """The first bytes, since a length that was told beforehand says nothing."""
    content = bytearray()
    async for piece in answer.content.iter_any():
        content += piece
        if len(content) > MOST_BYTES:
            break
    return bytes(content)

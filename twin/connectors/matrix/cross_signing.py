"""Sign the twin's device with the owner's recovery key, so that friends' clients trust it.

nio can't. The formats: Matrix client-server API, "Cross-signing" and "Secret storage".
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.Signature import eddsa
from nio.api import Api

from storage.errors import InputError, TwinError
from storage.texts import Text
from twin.connectors.matrix.account import Account
from twin.connectors.matrix.client import checked, explained, open_client
from twin.connectors.matrix.encryption import Keys, KeysClient, KeysError, is_own

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PREFIX = b"\x8b\x01"
_SELF_SIGNING = "m.cross_signing.self_signing"
_MOST_ROUNDS = 10_000_000  # of a passphrase's derivation; a server says how many
_NOT_SIGNED = ("signatures", "unsigned")
_NOT_SET_UP = (
    "matrix: this account has no recovery key; switch on secure backup (Element: Settings, "
    "Encryption) and try again"
)
_DAMAGED = (
    "matrix: this account's backup of keys is damaged; reset it (Element: Settings, Encryption) "
    "and try again"
)


async def verify(account: Account, data: Path, secret: str) -> None:
    """Sign the device that is logged in; its keys are told to the server first, if they are not.

    Raises as `sign_device`, KeysError for keys that can't be used, MatrixError for the server.
    """
    client = open_client(account, data)
    keys = Keys(client)
    try:
        with explained(account.homeserver):
            await keys.recognize()
            if keys.problem is not None:
                raise KeysError(keys.problem)
            if not client.olm.account.shared:
                checked(await client.keys_upload(), Text("telling this device's keys"))
            await sign_device(client, secret)
    finally:
        await client.close()


async def sign_device(client: KeysClient, secret: str) -> None:
    """Sign this client's device; `secret`: the owner's recovery key, or their security phrase.

    Raises InputError for another secret, and TwinError for an account that is not set up for it.
    """
    name, data = client.user_id, f"user/{quote(client.user_id)}/account_data"
    try:
        default = await _ask(client, "GET", f"{data}/m.secret_storage.default_key")
        key_id = str(default["key"])
        described = await _ask(client, "GET", f"{data}/m.secret_storage.key.{quote(key_id)}")
        sealed = (await _ask(client, "GET", f"{data}/{_SELF_SIGNING}"))["encrypted"][key_id]
        seed = _open(_storage_key(secret, described), _SELF_SIGNING, sealed)
        shown = await _ask(client, "POST", "keys/query", {"device_keys": {name: []}})
        device = shown["device_keys"][name][client.device_id]
        signers = shown["self_signing_keys"][name]["keys"]
    except (KeyError, TypeError, AttributeError):
        raise TwinError(_NOT_SET_UP) from None
    except ValueError:
        raise TwinError(_DAMAGED) from None
    signed = _signed(client, device, signers, seed)
    answer = await _ask(
        client, "POST", "keys/signatures/upload", {name: {client.device_id: signed}}
    )
    if answer.get("failures"):
        raise TwinError("matrix: the server refuses the signature of this device; try again")


def _signed(
    client: KeysClient, device: dict[str, Any], signers: Mapping[str, str], seed: bytes
) -> dict[str, Any]:
    """The device's keys with the signature of the account's self-signing key."""
    if not is_own(client.olm, device):  # whoever holds them would be trusted as the owner
        raise TwinError(
            "matrix: the server shows other keys for this device than it has; log out with "
            "`bot.py matrix logout` and in again"
        )
    signer = eddsa.import_private_key(seed)
    public = _to_base64(signer.public_key().export_key(format="raw"))
    if signers.get(f"ed25519:{public}") != public:
        raise TwinError(
            "matrix: the key in this account's backup is not its present one; reset it (Element: "
            "Settings, Encryption) and try again"
        )
    plain = {name: value for name, value in device.items() if name not in _NOT_SIGNED}
    signature = eddsa.new(signer, "rfc8032").sign(Api.to_canonical_json(plain).encode())
    return plain | {"signatures": {client.user_id: {f"ed25519:{public}": _to_base64(signature)}}}


def read_recovery_key(text: str) -> bytes:
    """The 32 bytes of a recovery key as clients show it. Raises InputError."""
    number = 0
    for sign in "".join(text.split()):
        digit = _BASE58.find(sign)
        if digit < 0:
            raise InputError("this is no recovery key; it is 12 groups of 4 letters and digits")
        number = number * 58 + digit
    if number.bit_length() > 35 * 8:
        raise InputError("this recovery key is too long; it is 12 groups of 4 letters and digits")
    data, parity = number.to_bytes(35, "big"), 0
    for byte in data:
        parity ^= byte
    if not data.startswith(_PREFIX) or parity:
        raise InputError("this recovery key has a wrong or missing letter; copy it again")
    return data[2:34]


def _storage_key(secret: str, described: Mapping[str, Any]) -> bytes:
    """The key of the account's secret storage: of a recovery key, or derived from a phrase."""
    try:
        return read_recovery_key(secret)
    except InputError:
        phrase = described.get("passphrase")
        if not isinstance(phrase, Mapping) or phrase.get("algorithm") != "m.pbkdf2":
            raise
    rounds, bits = phrase["iterations"], phrase.get("bits", 256)
    if type(rounds) is not int or not 0 < rounds <= _MOST_ROUNDS or bits != 256:
        raise TwinError(
            "matrix: this account's security phrase can't be used; give the recovery key"
        )
    return hashlib.pbkdf2_hmac("sha512", secret.encode(), str(phrase["salt"]).encode(), rounds)[:32]


def _open(key: bytes, name: str, sealed: Mapping[str, str]) -> bytes:
    """A secret out of the account's storage. Raises InputError for another account's key."""
    derived = HKDF(key, 64, b"\0" * 32, SHA256, context=name.encode())
    assert isinstance(derived, bytes)
    content, mac = _from_base64(sealed["ciphertext"]), _from_base64(sealed["mac"])
    if not hmac.compare_digest(hmac.digest(derived[32:], content, "sha256"), mac):
        raise InputError("this recovery key is not this account's, or an old one")
    start = _from_base64(sealed["iv"])
    cipher = AES.new(derived[:32], AES.MODE_CTR, nonce=b"", initial_value=start)
    seed = _from_base64(cipher.decrypt(content).decode())
    if len(seed) != 32:
        raise ValueError("no Ed25519 key")
    return seed


async def _ask(client: KeysClient, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """What the server answers. Raises KeyError for what it does not have, and TwinError."""
    headers = {"Authorization": f"Bearer {client.access_token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body)
    answer = await client.send(method, f"/_matrix/client/v3/{path}", data, headers)
    async with answer:
        if answer.status == 404:
            raise KeyError(path)
        if answer.status != 200:
            raise TwinError(f"matrix: the server refuses to sign a device (HTTP {answer.status})")
        document: dict[str, Any] = await answer.json()
    return document


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")

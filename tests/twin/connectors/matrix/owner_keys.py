"""An account's cross-signing keys and secret storage, as its owner's client makes them.

Made with another library than the program's, from the same documents.
"""

import base64
import hashlib
import json
import os
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.twin.connectors.matrix.synapse import Synapse

LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SALT, ROUNDS = "a grain", 1000
NAME = "m.cross_signing.self_signing"


def recovery_key(key: bytes) -> str:
    """As it is shown: groups of four letters."""
    data = b"\x8b\x01" + key
    parity = 0
    for byte in data:
        parity ^= byte
    number, text = int.from_bytes(data + bytes([parity]), "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = LETTERS[digit] + text
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def set_up(server: Synapse, login: dict[str, Any], *, phrase: str = "") -> str:
    """Make the account's keys, and put the self-signing one into its storage. The recovery key."""
    me, token = login["user_id"], login["access_token"]
    master, signing = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    keys = {
        "master_key": _public(me, "master", master),
        "self_signing_key": _public(me, "self_signing", signing, signed_by=master),
        "auth": {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": me},
            "password": "secret",
        },
    }
    server.call("POST", "/_matrix/client/v3/keys/device_signing/upload", keys, token)
    key = os.urandom(32)
    described: dict[str, Any] = {"algorithm": "m.secret_storage.v1.aes-hmac-sha2"}
    if phrase:
        key = hashlib.pbkdf2_hmac("sha512", phrase.encode(), SALT.encode(), ROUNDS, 32)
        described["passphrase"] = {"algorithm": "m.pbkdf2", "salt": SALT, "iterations": ROUNDS}
    for name, content in (
        ("m.secret_storage.key.first", described),
        ("m.secret_storage.default_key", {"key": "first"}),
        (NAME, {"encrypted": {"first": _sealed(key, signing.private_bytes_raw())}}),
    ):
        path = f"/_matrix/client/v3/user/{quote(me)}/account_data/{name}"
        server.call("PUT", path, content, token)
    return recovery_key(key)


def trusts(server: Synapse, token: str, user_id: str, device_id: str) -> bool:
    """Whether another account's client sees a device as signed by its owner.

    Raises InvalidSignature where a signature is there and wrong.
    """
    body: dict[str, Any] = {"device_keys": {user_id: []}}
    shown = server.call("POST", "/_matrix/client/v3/keys/query", body, token)
    signing = shown["self_signing_keys"][user_id]
    device = shown["device_keys"][user_id][device_id]
    master = shown["master_keys"][user_id]
    return _is_signed(signing, by=master, of=user_id) and _is_signed(device, by=signing, of=user_id)


def _is_signed(document: dict[str, Any], *, by: dict[str, Any], of: str) -> bool:
    (name, public), *more = by["keys"].items()
    assert not more
    signature = document["signatures"][of].get(name)
    if signature is None:
        return False
    Ed25519PublicKey.from_public_bytes(_bytes(public)).verify(
        _bytes(signature), _canonical(document)
    )
    return True


def _public(
    user_id: str, usage: str, key: Ed25519PrivateKey, signed_by: Ed25519PrivateKey | None = None
) -> dict[str, Any]:
    name = _name(key)
    made: dict[str, Any] = {
        "user_id": user_id,
        "usage": [usage],
        "keys": {f"ed25519:{name}": name},
    }
    if signed_by is not None:
        signature = _text(signed_by.sign(_canonical(made)))
        made["signatures"] = {user_id: {f"ed25519:{_name(signed_by)}": signature}}
    return made


def _name(key: Ed25519PrivateKey) -> str:
    return _text(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def _sealed(key: bytes, secret: bytes) -> dict[str, str]:
    derived = HKDF(SHA256(), 64, salt=b"\0" * 32, info=NAME.encode()).derive(key)
    start = os.urandom(16)
    content = Cipher(AES(derived[:32]), CTR(start)).encryptor().update(_text(secret).encode())
    mac = HMAC(derived[32:], SHA256())
    mac.update(content)
    return {"iv": _text(start), "ciphertext": _text(content), "mac": _text(mac.finalize())}


def _canonical(document: dict[str, Any]) -> bytes:
    plain = {k: v for k, v in document.items() if k not in ("signatures", "unsigned")}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "==")

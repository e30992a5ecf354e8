"""The bot's own key: push services take for a device only what is signed with it (RFC 8292)."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException
from py_vapid.utils import b64urlencode

from storage.atomic_files import write_secret
from storage.errors import TwinError
from storage.texts import Text
from twin.push import FOLDER

FILE = "server-key.pem"
VALID_S = 12 * 3600  # a push service refuses what is signed for more than a day


class ServerKey:
    """Made at the first use. With another key all devices have to be added again."""

    def __init__(self, data: Path) -> None:
        """Raises TwinError for a file that can't be read or written."""
        path = data / FOLDER / FILE
        self._vapid = _read(path) if path.exists() else _make(path)
        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public: str = b64urlencode(point)
        """As browsers want it: the point of the curve, in base64url."""

    def authorization(self, service: str, contact: str, now: int) -> str:
        """The header for a push service, by its origin. `contact`: an https or mailto address.

        `now` in UTC milliseconds.
        """
        claims = {"aud": service, "sub": contact, "exp": now // 1000 + VALID_S}
        return str(self._vapid.sign(claims)["Authorization"])


def _read(path: Path) -> Vapid02:
    try:
        vapid = Vapid02.from_pem(path.read_bytes())
        if not isinstance(getattr(vapid.private_key, "curve", None), SECP256R1):
            raise ValueError
        return vapid
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, VapidException) as error:
        raise TwinError(
            Text(
                "{path}: not a key ({cause}); delete the file, and add your devices again",
                path=path,
                cause=type(error).__name__,
            )
        ) from error


def _make(path: Path) -> Vapid02:
    vapid = Vapid02()
    vapid.generate_keys()
    write_secret(path, vapid.private_pem().decode("ascii"))
    return vapid

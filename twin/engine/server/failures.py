"""What can go wrong with a server, each in one line that holds no word of a chat."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp

from storage.errors import InputError, TwinError
from storage.texts import Text
from twin.engine.base import EngineUnavailable
from twin.engine.server.address import PublicAddressError
from twin.terminal import one_line

KEY_VARIABLE = "TWIN_ENGINE_KEY"
_MOST_SAID = 200  # characters of what a server says
_CODE = re.compile(r"\w[\w. -]{0,60}")
_KEY_REFUSED, _NOT_FOUND, _BUSY, _FAILED = (401, 403), 404, (408, 425, 429), 500


class TooLate(EngineUnavailable):
    """There was no answer in time."""


class ServerFails(EngineUnavailable):
    """An answer says so. `said`: what the server says, where it can't quote a chat."""

    def __init__(self, message: str, status: int, said: str = "") -> None:
        super().__init__(message, f"HTTP {status}")
        self.status, self.said = status, said


class ServerRefuses(ServerFails):
    """The owner has to change something: the key, or the name of the model."""


class WrongRequest(InputError):
    """The server takes no such request, now or ever. `said` as in `ServerFails`."""

    def __init__(self, message: str, status: int, said: str = "") -> None:
        super().__init__(message)
        self.status, self.said = status, said


def unencrypted(server: str) -> InputError:
    return InputError(
        Text(
            "{server}: messages would go over the internet unencrypted; use https, or set "
            "[engine] plain_http = true where a tunnel encrypts them",
            server=server,
        )
    )


@contextmanager
def explained(server: str, limit_s: float) -> Iterator[None]:
    """Raises EngineUnavailable for what goes wrong on the way to a server."""
    try:
        yield
    except TimeoutError:
        limit = format(limit_s, "g")
        raise TooLate(
            Text("{server} did not answer in {limit} s", server=server, limit=limit),
            "TooLate",
        ) from None
    except aiohttp.ClientConnectorCertificateError:
        raise EngineUnavailable(
            Text("{server} shows a certificate that is not valid", server=server),
            "NoCertificate",
        ) from None
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, PublicAddressError):
            raise unencrypted(server) from None
        cause = error.os_error.strerror or type(error.os_error).__name__
        raise EngineUnavailable(
            Text("{server} can't be reached ({cause}); does it run?", server=server, cause=cause),
            "Unreachable",
        ) from None
    except aiohttp.ClientError as error:  # its text may hold the key
        raise EngineUnavailable(
            Text("{server} broke off ({cause})", server=server, cause=type(error).__name__),
            "BrokenOff",
        ) from None


def refusal(server: str, status: int, answer: Any, *, quotes: bool) -> TwinError:
    """What an answer with such a status means. `quotes`: its words may be those of a chat."""
    words, code = _words_of(answer)
    said = "" if quotes else words
    values = {"server": server, "status": status, "said": said or code or "-"}
    if status in _KEY_REFUSED:
        return ServerRefuses(
            Text(
                "{server} refuses the key (HTTP {status}); set {variable} in the environment to "
                "the one that the server was started with",
                **values,
                variable=KEY_VARIABLE,
            ),
            status,
        )
    if status == _NOT_FOUND:
        text = Text("{server} has no such model or page (HTTP {status}: {said})", **values)
        return ServerRefuses(text, status, said)
    if status >= _FAILED or status in _BUSY:
        text = Text("{server} fails (HTTP {status}: {said})", **values)
        return ServerFails(text, status, said)
    text = Text("{server} refuses the request (HTTP {status}: {said})", **values)
    return WrongRequest(text, status, said)


def _words_of(answer: Any) -> tuple[str, str]:
    """What an error's body says, and its short code; "" for what is none."""
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    if not isinstance(error, dict):
        return one_line(str(error or ""))[:_MOST_SAID], ""
    words = error.get("message") or error.get("detail") or error.get("error_message") or ""
    code = str(error.get("type") or error.get("code") or "")
    return one_line(str(words))[:_MOST_SAID], code if _CODE.fullmatch(code) else ""

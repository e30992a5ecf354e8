"""Have a text spoken by the server of [speech]. Only the text goes there, and no name."""

import logging

import aiohttp
from yarl import URL

from storage.errors import InputError
from storage.texts import Text
from twin.config.speech_section import SpeechSettings
from twin.engine.server.address import key_header, resolver_for

log = logging.getLogger(__name__)

KEY_VARIABLE = "TWIN_SPEECH_KEY"
FORMAT = "opus"  # in Ogg, as chat programs send voices
_OGG = b"OggS"
_MOST_BYTES = 4_000_000
_PATH = "/v1/audio/speech"


class SpeechServer:
    """One that takes what OpenAI's does."""

    def __init__(self, settings: SpeechSettings) -> None:
        self._settings = settings

    async def say(self, text: str) -> bytes | None:
        """The sound, as Ogg Opus; None where it can't be had, which is told."""
        try:
            return await self._ask(text)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, InputError) as error:
            log.warning("an answer is written: it was not spoken (%s)", _cause(error))
            return None

    async def _ask(self, text: str) -> bytes:
        settings = self._settings
        body = {
            "model": settings.model,
            "voice": settings.voice,
            "input": text,
            "response_format": FORMAT,
        }
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver_for(settings, _unencrypted)),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=key_header(KEY_VARIABLE),
                timeout=aiohttp.ClientTimeout(settings.timeout_seconds),
            ) as http,
            # Redirected, words and key would go elsewhere.
            http.post(URL(settings.server + _PATH), json=body, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise ValueError(f"HTTP {answer.status}")
            sound = await _read(answer)
        if not sound.startswith(_OGG):
            raise ValueError("no Ogg")
        return sound


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    sound = bytearray()
    async for piece in answer.content.iter_chunked(65_536):
        sound += piece
        if len(sound) > _MOST_BYTES:
            raise ValueError("too long")
    return bytes(sound)


def _unencrypted(server: str) -> InputError:
    return InputError(
        Text(
            "{server}: answers would go over the internet unencrypted; use https, or set "
            "[speech] plain_http = true where a tunnel encrypts them",
            server=server,
        )
    )


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError | InputError) else type(error).__name__

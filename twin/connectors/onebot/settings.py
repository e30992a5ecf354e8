"""The section [connectors.onebot]."""

import os
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from twin.config.connector_sections import ConnectorSettings, MediaMb
from twin.config.values import Positive

TOKEN_VARIABLE = "TWIN_ONEBOT_TOKEN"
FILE_ONLY = {
    "url": "whoever listens there is given the gateway's token",
    "token": f"a secret; better in the environment: {TOKEN_VARIABLE}",
}


class Settings(ConnectorSettings):
    enabled: bool = Field(
        default=False,
        title="Connect QQ",
        description="QQ, through a OneBot v11 gateway such as NapCat or LLBot: see docs/qq.md.",
    )
    url: str = Field(
        default="ws://127.0.0.1:3001/",
        title="Address of the gateway",
        pattern=r"^wss?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="Address of the gateway's websocket server.",
    )
    token: str = Field(
        default="",
        title="Token of the gateway",
        repr=False,
        description=f"The gateway's token, if it has one. Better in the environment: "
        f"{TOKEN_VARIABLE}.",
    )
    watchdog_seconds: Positive = Field(
        default=90.0,
        title="Lost after a silence of (seconds)",
        description="Seconds without any word of the gateway, its heartbeat included, after which "
        "the connection counts as lost and is opened again.",
    )
    media_mb: MediaMb = 20.0

    @field_validator("url")
    @classmethod
    def _names_a_host(cls, url: str) -> str:
        parts = urlsplit(url)
        if not parts.hostname or parts.port == 0:  # a port out of range is a ValueError already
            raise ValueError("it has no host and port, as ws://127.0.0.1:3001/ has")
        return url

    @property
    def secret(self) -> str:
        """The token; the environment's goes before the file's."""
        return (os.environ.get(TOKEN_VARIABLE, "") or self.token).strip()

"""The section [connectors.wechaty]."""

import os

from pydantic import Field

from twin.config.connector_sections import ConnectorSettings, MediaMb
from twin.config.values import Positive

TOKEN_VARIABLE = "TWIN_WECHATY_TOKEN"
FILE_ONLY = {
    "endpoint": "whoever listens there is given the gateway's token",
    "token": f"a secret; better in the environment: {TOKEN_VARIABLE}",
}


class Settings(ConnectorSettings):
    enabled: bool = Field(
        default=False,
        title="Connect WeChat",
        description="WeChat (or another platform of the gateway), through a wechaty gateway: see "
        "docs/wechat.md.",
    )
    endpoint: str = Field(
        default="127.0.0.1:9001",
        title="Address of the gateway",
        pattern=r"^\S+:\d{1,5}$",
        description="HOST:PORT of the gateway.",
    )
    token: str = Field(
        default="",
        title="Token of the gateway",
        repr=False,
        description=f"The gateway's token. Better in the environment: {TOKEN_VARIABLE}.",
    )
    watchdog_seconds: Positive = Field(
        default=120.0,
        title="Lost after a silence of (seconds)",
        description="Seconds without any event, including the gateway's heartbeat, after which the "
        "connection counts as lost and is opened again.",
    )
    media_mb: MediaMb = 20.0

    @property
    def secret(self) -> str:
        """The token; the environment's goes before the file's."""
        return os.environ.get(TOKEN_VARIABLE, "") or self.token

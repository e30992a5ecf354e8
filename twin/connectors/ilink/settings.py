"""The section [connectors.ilink]."""

from pydantic import Field

from twin.config.connector_sections import ConnectorSettings


class Settings(ConnectorSettings):
    enabled: bool = Field(
        default=False,
        title="WeChat's official bot",
        description="Tencent's own bot for WeChat, as your remote control: drafts and notices come "
        "to your phone, and you give commands there. It answers none of your friends. Scan its "
        "code with `bot.py ilink login`: see docs/wechat.md.",
    )

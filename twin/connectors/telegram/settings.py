"""The section [connectors.telegram]."""

from typing import Annotated

from pydantic import Field

from twin.config.connector_sections import ConnectorSettings

FILE_ONLY = {"server": "whoever answers there is given the bot's token and every message"}
MOST_MB = 20.0  # what the Bot API hands out


class Settings(ConnectorSettings):
    enabled: bool = Field(
        default=False,
        title="Connect Telegram",
        description="Telegram: a bot of your own answers in your private chats as you: see "
        "docs/telegram.md. Connect it once with `bot.py telegram connect`.",
    )
    learn: bool = Field(
        default=False,
        title="Learn from its chats",
        description="Whether Telegram's chats are learnt from, imported ones too. Telegram forbids "
        "it unless everyone in a chat agrees. So only chats are learnt from for which you recorded "
        "that (`bot.py chats consent CHAT`); the others are answered all the same. true: all are, "
        "on your own responsibility.",
    )
    server: str = Field(
        default="https://api.telegram.org",
        title="Server",
        pattern=r"^https?://[^\s/]+$",
        description="The Bot API; a server of your own is `http://HOST:PORT`.",
    )
    media_mb: Annotated[float, Field(ge=0, le=MOST_MB)] = Field(
        default=MOST_MB,
        title="Largest media file (MB)",
        description="Megabytes. Larger pictures, voice messages and files are noted but not "
        "downloaded; Telegram gives a bot none above 20. 0: none are.",
    )

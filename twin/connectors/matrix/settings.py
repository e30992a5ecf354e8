"""The section [connectors.matrix]."""

from pydantic import Field

from twin.config.connector_sections import ConnectorSettings, MediaMb


class Settings(ConnectorSettings):
    enabled: bool = Field(
        default=False,
        title="Connect Matrix",
        description="A Matrix account, and through mautrix bridges WhatsApp, Signal and others: "
        "see docs/matrix.md. Log in once with `bot.py matrix login`.",
    )
    bridge_bots: tuple[str, ...] = Field(
        default=(),
        title="Bridge bots of your own",
        strict=False,  # TOML has arrays, not tuples
        description="The bots of your own bridges, such as @whatsappbot:example.org: what they "
        "invite you to is joined. Any other invitation waits for you.",
    )
    media_mb: MediaMb = 20.0
    read_marks: bool = Field(
        default=True,
        title="Mark messages as read",
        description="Mark a message as read when an answer to it is begun, as a person does.",
    )

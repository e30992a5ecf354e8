"""The friends' part of the section [web]; the rest of it is the server's."""

from pydantic import Field

from twin.config.connector_sections import ConnectorSettings
from twin.config.schema import WebSettings
from twin.config.values import Count


class Settings(WebSettings, ConnectorSettings):
    friends: bool = Field(
        default=True,
        title="Friends' page",
        description="The page where friends chat with the twin, each by a secret link (`bot.py "
        "invite NAME`). Off: only your own pages and the API are served, for a twin whose "
        "friends all write elsewhere.",
    )
    rate_per_minute: Count = Field(
        default=20,
        title="Messages of a friend in a minute",
        description="Messages a minute from one friend; more are refused, so that one link can't "
        "starve the others.",
    )
    max_chars: Count = Field(
        default=2000,
        title="Longest message (characters)",
        description="Characters of one message; longer ones are refused.",
    )

    @property
    def is_on(self) -> bool:
        return self.enabled and self.friends
